import { Module, type DynamicModule } from '@nestjs/common';
import { LEDGER_FOLDER, LedgerController } from './ledger.controller.js';
import { WitnessesController } from './witnesses.controller.js';

/** The public routes of the ledger over its folder of static files. */
@Module({})
export class LedgerModule {
  static over(folder: string): DynamicModule {
    return {
      module: LedgerModule,
      controllers: [LedgerController, WitnessesController],
      providers: [{ provide: LEDGER_FOLDER, useValue: folder }],
    };
  }
}
