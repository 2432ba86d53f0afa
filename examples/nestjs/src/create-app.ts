/** The application, ready to listen: what `main.ts` runs and the tests call. */
import 'reflect-metadata';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { SettingsInput } from 'stompbox';
import { AppModule } from './app-module.js';

export interface AppOptions {
  readonly settings?: SettingsInput;
  readonly logger?: LoggerService | false;
}

export function createApp({ settings, logger }: AppOptions = {}): Promise<INestApplication> {
  return NestFactory.create(AppModule.with(settings), logger === undefined ? {} : { logger });
}
