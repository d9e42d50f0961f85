import { Module, type DynamicModule } from '@nestjs/common';
import { ModelLines } from '../model-lines.js';
import { Trainings } from '../trainings.js';
import { ModelsController } from './models.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class UnlearningModule {
  static over(lines: ModelLines, trainings: Trainings): DynamicModule {
    return {
      module: UnlearningModule,
      controllers: [ModelsController],
      providers: [
        { provide: ModelLines, useValue: lines },
        { provide: Trainings, useValue: trainings },
      ],
    };
  }
}
