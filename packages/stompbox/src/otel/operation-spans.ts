/** Begins and ends the spans of operations. What a span says never holds a body. */
import {
  type Attributes,
  type Context,
  type Link,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { OperationFailure } from './follow-channel.js';
import { errorType, type OperationKind } from './message-attributes.js';

export interface SpanWishes {
  /** Spans have the texts of errors. */
  readonly withErrorMessages: boolean;
  /** Spans also have the attributes of version 1.24 of the conventions. */
  readonly withFormerNames: boolean;
}

export interface NewSpan {
  readonly operation: OperationKind;
  readonly name: string;
  readonly attributes: Attributes;
  readonly within: Context;
  readonly links?: readonly Link[];
}

export class OperationSpans {
  readonly #tracer: Tracer;
  readonly #wishes: SpanWishes;

  constructor(tracer: Tracer, wishes: SpanWishes) {
    this.#tracer = tracer;
    this.#wishes = wishes;
  }

  /** A span that has begun, and the context in which it is the active one. */
  begin({ operation, name, attributes, within, links = [] }: NewSpan): {
    readonly span: Span;
    readonly context: Context;
  } {
    const { withFormerNames } = this.#wishes;
    const former = withFormerNames ? { 'messaging.operation': operation.formerly } : {};
    const options = {
      kind: operation.kind,
      attributes: { ...attributes, ...former },
      links: [...links],
    };
    const span = this.#tracer.startSpan(name, options, within);
    return { span, context: trace.setSpan(within, span) };
  }

  end(span: Span, failure: OperationFailure | undefined): void {
    if (failure !== undefined) this.#fail(span, failure.error);
    span.end();
  }

  #fail(span: Span, error: unknown): void {
    span.setAttribute('error.type', errorType(error));
    if (!this.#wishes.withErrorMessages) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.recordException(error instanceof Error ? error : message);
  }
}
