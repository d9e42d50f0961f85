import { Module, type DynamicModule } from '@nestjs/common';
import { OwnChoices } from '../own-choices.js';
import { OwnHistory } from '../own-history.js';
import { MeController } from './me.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class SelfServiceModule {
  static over(history: OwnHistory, choices: OwnChoices): DynamicModule {
    return {
      module: SelfServiceModule,
      controllers: [MeController],
      providers: [
        { provide: OwnHistory, useValue: history },
        { provide: OwnChoices, useValue: choices },
      ],
    };
  }
}
