/**
 * Properties that only the client's own modules know. In the build for browsers they get short names;
 * minifiers cannot do that by themselves, because they cannot know which are an application's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const INTERNAL = `
  acknowledger adopt attach attemptsMade backOff blockedCount cursor deliver describe discardBody
  dispatch dropBytes droppedCount endOf endWait enqueue expire followingCursor giveCredit handleDone
  handleDrain handleFailure handleForgotten handleLag handleLeave handleLeft handleLoss handleTaken
  hasReceipt hasStreamedBodies headFor headerFor heldCount isAbandoned isBlocked isBorrowed isCopied
  isCumulative isMidFrame isQueued isResolvedWhenStored isSettled isStored isWanted iterate
  markSettled markWaiting markWritten noteRead noteWrite observed pending post postInstead
  refusal sendIn sendsEveryMs sessionId storeId subject submit takeAll takeBack takeNow unanswered
  unansweredCount undefinedEscapes wantsEveryMs wasWritten watch whenIdle whenLost writeNow
`
  .trim()
  .split(/\s+/);

/** What esbuild takes as `mangleProps`. */
export const INTERNAL_NAMES = new RegExp(`^(?:${INTERNAL.join('|')})$`);

/** Folders and modules of the client whose declarations applications see. */
const PUBLIC = `
  blob codec listeners profile request stompit stompjs store trace transport
  clock.d.ts connection.d.ts connection-statistics.d.ts credentials.d.ts errors.d.ts frame-feed.d.ts
  header-values.d.ts index.d.ts message.d.ts offline-options.d.ts raw-frame.d.ts status.d.ts
  transport.d.ts
`
  .trim()
  .split(/\s+/);

/** @returns those of the names above that an application may see, which would be a mistake */
export function visibleNames(dist) {
  const files = PUBLIC.flatMap((name) =>
    name.endsWith('.ts')
      ? [path.join(dist, name)]
      : readdirSync(path.join(dist, name))
          .filter((file) => file.endsWith('.d.ts'))
          .map((file) => path.join(dist, name, file)),
  );
  const text = files.map((file) => readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, ''));
  const words = new Set(text.join('\n').match(/\w+/g));
  return INTERNAL.filter((name) => words.has(name));
}
