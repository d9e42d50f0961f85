import { Module, type DynamicModule } from '@nestjs/common';
import { RegisterDesk } from '../register-desk.js';
import { RegisterController } from './register.controller.js';

/** The route of this stage over a desk that was put together before. */
@Module({})
export class RegisterModule {
  static over(desk: RegisterDesk): DynamicModule {
    return {
      module: RegisterModule,
      controllers: [RegisterController],
      providers: [{ provide: RegisterDesk, useValue: desk }],
    };
  }
}
