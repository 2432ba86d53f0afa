/** A session as the owner of the temporary destinations that it names. */
import type { NameOwner } from '../destinations/reply-to.js';
import type { Session } from '../session.js';

export function nameOwner({ connection, context, principal }: Session): NameOwner {
  return {
    connectionId: connection.id,
    temporaries: context.router.temporaries,
    requireCreate: (destination) => principal?.require('create', destination),
  };
}
