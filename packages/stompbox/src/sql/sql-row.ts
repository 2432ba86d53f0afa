/**
 * Values of a row as they are meant. Libraries differ: a bigint is a number, a text or a BigInt, and
 * bytes are a Buffer, a Uint8Array or an ArrayBuffer.
 */
import assert from 'node:assert/strict';
import type { SqlRow } from './sql-executor.js';

export function numberIn(row: SqlRow, column: string): number {
  const value = Number(row[column] ?? Number.NaN);
  assert.ok(Number.isSafeInteger(value), `the column ${column} holds no whole number`);
  return value;
}

/** Null when the column is. */
export function optionalNumberIn(row: SqlRow, column: string): number | undefined {
  const value = row[column];
  return value === null || value === undefined ? undefined : numberIn(row, column);
}

export function textIn(row: SqlRow, column: string): string {
  const value = row[column];
  assert.ok(typeof value === 'string', `the column ${column} holds no text`);
  return value;
}

export function optionalTextIn(row: SqlRow, column: string): string | undefined {
  const value = row[column];
  return value === null || value === undefined ? undefined : textIn(row, column);
}

export function bytesIn(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  assert.ok(value instanceof Uint8Array, `the column ${column} holds no bytes`);
  return value;
}
