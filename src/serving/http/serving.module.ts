import { Module, type DynamicModule } from '@nestjs/common';
import { Recommendations } from '../recommendations.js';
import { RecommendationsController } from './recommendations.controller.js';

/** The routes of this stage over services that were put together before. */
@Module({})
export class ServingModule {
  static over(recommendations: Recommendations): DynamicModule {
    return {
      module: ServingModule,
      controllers: [RecommendationsController],
      providers: [{ provide: Recommendations, useValue: recommendations }],
    };
  }
}
