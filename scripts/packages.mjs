/** The packages that are published, each after those it depends on. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');

export const packages = ['protocol', 'client', 'broker', 'stompbox'].map((name) => {
  const folder = path.join(root, 'packages', name);
  const description = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return { name: description.name, version: description.version, folder, description };
});
