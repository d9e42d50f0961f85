// Native ES modules under Jest need NODE_OPTIONS=--experimental-vm-modules, which `npm test` sets.
import { scratchInMemory } from './tools/scratch-in-memory.mjs';

scratchInMemory();

export default {
  cacheDirectory: 'node_modules/.cache/jest',
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/src', '<rootDir>/libs', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  maxWorkers: 2,
  testSequencer: '<rootDir>/tools/slowest-first.mjs',
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
  moduleNameMapper: {
    '^#libs/(.*)$': '<rootDir>/libs/$1/index.ts',
    '^#platform/(.*)$': '<rootDir>/src/platform/$1/index.ts',
    '^#stages/(.*)$': '<rootDir>/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
    // The gradients of TensorFlow.js come as ES modules that Node cannot read; libs/testkit/gradients.ts needs them.
    'tfjs-core/dist/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!@tensorflow/tfjs-core/dist/(?!tf-core))'],
};
