/** Nest applications for tests, without decorator syntax: decorators are functions. */
import type { TestContext } from 'node:test';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';

/** Applies decorators to a method, as the compiler would. */
export function decorate(
  target: { readonly prototype: object },
  method: string,
  ...decorators: readonly ((
    target: object,
    key: string,
    // biome-ignore lint/suspicious/noExplicitAny: Nest's decorators take any method
    descriptor: TypedPropertyDescriptor<any>,
  ) => unknown)[]
): void {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, method);
  if (descriptor === undefined) throw new Error(`there is no method ${method}`);
  for (const one of [...decorators].reverse()) one(target.prototype, method, descriptor);
  Object.defineProperty(target.prototype, method, descriptor);
}

export interface AppParts {
  readonly imports: readonly (DynamicModule | Type)[];
  readonly providers?: readonly object[];
  readonly controllers?: readonly Type[];
}

/** A module that is not started yet. */
export async function compile({ imports, providers = [], controllers = [] }: AppParts) {
  class AppModule {}
  Module({
    imports: [...imports],
    providers: [...providers] as Type[],
    controllers: [...controllers],
  })(AppModule);
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  module.useLogger(false);
  return module;
}

type AtEnd = Pick<TestContext, 'after'>;

const scopes = new WeakMap<TestContext, AtEnd>();

/** Runs what is to be done at the end of a test in the reverse order: applications before their broker. */
export function scopeOf(context: TestContext): AtEnd {
  const known = scopes.get(context);
  if (known !== undefined) return known;
  const works: (() => unknown)[] = [];
  context.after(async () => {
    for (const work of works.reverse()) await work();
  });
  const scope: AtEnd = {
    after: (work) => {
      works.push(work as () => unknown);
    },
  };
  scopes.set(context, scope);
  return scope;
}

export function closeAtEnd<T extends INestApplicationContext>(context: TestContext, app: T): T {
  scopeOf(context).after(() => app.close());
  return app;
}
