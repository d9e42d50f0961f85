import { Module, type DynamicModule } from '@nestjs/common';
import { LetterDesk } from '../letter-desk.js';
import { LettersController } from './letters.controller.js';

/** The routes of this stage over a desk that was put together before. */
@Module({})
export class LettersModule {
  static over(desk: LetterDesk): DynamicModule {
    return {
      module: LettersModule,
      controllers: [LettersController],
      providers: [{ provide: LetterDesk, useValue: desk }],
    };
  }
}
