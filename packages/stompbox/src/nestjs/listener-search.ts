/** Finds the methods with `@Listener` on all providers and controllers of an application. */
import type { DiscoveryService, ExternalContextCreator, MetadataScanner } from '@nestjs/core';
import { OptionsError } from '@stompbox/protocol';
import type { ListenerDefinition } from '../listener/listener.js';
import type { ListenerContext } from '../listener/listener-context.js';
import { definition, type ListenerMark, listenerMarks, markText } from './listener-decorator.js';

export interface ListenerSearch {
  readonly discovery: DiscoveryService;
  readonly scanner: MetadataScanner;
  readonly contexts: ExternalContextCreator;
  readonly hasEnhancers: boolean;
}

type Method = (body: unknown, context: ListenerContext) => unknown;

/** What Nest knows of one provider or controller. */
type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/**
 * @throws OptionsError `STOMP_OPT_INVALID` when a listener's class is not a singleton: nobody makes a
 *   request for which an instance would be made
 */
export function findListeners(search: ListenerSearch): ListenerDefinition[] {
  const { discovery } = search;
  const wrappers = [...discovery.getProviders(), ...discovery.getControllers()];
  const seen = new Set<object>();
  const found: ListenerDefinition[] = [];
  for (const wrapper of wrappers) {
    const instance: unknown = wrapper.instance;
    if (typeof instance !== 'object' || instance === null || seen.has(instance)) continue;
    // A provider under a second token (useExisting) is the same instance.
    seen.add(instance);
    for (const { name, method, mark } of markedMethods(instance, search.scanner)) {
      assertSingleton(wrapper, name, mark);
      const className = instance.constructor.name;
      const handler = boundHandler(instance, name, method, search);
      const options = { name: `${className}.${name}`, ...mark.options };
      found.push(definition({ ...mark, options }, handler));
    }
  }
  return found;
}

interface MarkedMethod {
  readonly name: string;
  readonly method: Method;
  readonly mark: ListenerMark;
}

function markedMethods(instance: object, scanner: MetadataScanner): MarkedMethod[] {
  const names = scanner.getAllMethodNames(Object.getPrototypeOf(instance));
  return names.flatMap((name) => {
    const method: unknown = Reflect.get(instance, name);
    return listenerMarks(method).map((mark) => ({ name, method: method as Method, mark }));
  });
}

/**
 * Exception filters stay out: one that answers an HTTP request would swallow the error, and the message
 * would count as handled.
 */
function boundHandler(
  instance: object,
  name: string,
  method: Method,
  { contexts, hasEnhancers }: ListenerSearch,
): Method {
  if (!hasEnhancers) return method.bind(instance);
  const callback = method as (...args: unknown[]) => unknown;
  const what = { guards: true, interceptors: true, filters: false };
  const rest = [undefined, undefined, undefined, undefined] as const;
  return contexts.create(instance, callback, name, ...rest, what, 'rpc');
}

function assertSingleton(wrapper: Wrapper, method: string, mark: ListenerMark): void {
  if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) return;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The listener ${wrapper.name}.${method} of ${markText(mark)} is not a singleton (Scope.REQUEST or ` +
      'Scope.TRANSIENT, also of what it injects): move the method to a provider of the default scope',
  );
}
