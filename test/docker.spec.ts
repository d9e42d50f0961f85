import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { packageRoot } from '#platform/build';

/*
 * There is no container engine in CI: what the files under docker/ say is compared with the project instead.
 */

type Yaml = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const root = packageRoot();
const docker = path.join(root, 'docker');
const text = (name: string): string => readFileSync(path.join(docker, name), 'utf8');
const documents = (name: string): Yaml[] => loadAll(text(name)) as Yaml[];
const named = (folder: string, pattern: RegExp): string[] =>
  readdirSync(path.join(docker, folder))
    .filter((name) => pattern.test(name))
    .map((name) => path.join(folder, name));

const COMPOSE = named('.', /^compose\..+\.yml$/);
const MANIFESTS = named('kubernetes', /\.ya?ml$/).filter((name) => !name.endsWith('kustomization.yaml'));
const sources = ['apps', 'src']
  .flatMap((folder) => filesBelow(path.join(root, folder)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

const services = (name: string): [string, Yaml][] => Object.entries(documents(name)[0].services as Yaml);
const isOurs = ({ image = '' }: Yaml): boolean => /^lacuna\//.test(image as string);
const ownServices = COMPOSE.flatMap(services).filter(([, service]) => isOurs(service));
const resources = MANIFESTS.flatMap(documents);
const podSpecs = resources.filter(({ spec }) => spec?.template).map(({ spec }) => spec.template.spec as Yaml);
const containers = podSpecs.flatMap((spec) => [...(spec.initContainers ?? []), ...spec.containers] as Yaml[]);

/** Stages of the Dockerfile with the ports that they expose. */
const stages = new Map(
  text('Dockerfile')
    .split(/^FROM /m)
    .slice(1)
    .map((stage) => [/^\S+ AS (\w+)/.exec(stage)![1], stage] as const),
);
const exposed = (stage: string): number[] =>
  (/^EXPOSE (.+)$/m.exec(stages.get(stage) ?? '')?.[1] ?? '').split(' ').map(Number);

describe('the images', () => {
  it('start programs that are built, and ask for health at routes that are there', () => {
    const started = [...text('Dockerfile').matchAll(/dist\/([\w/-]+)\.js/g)].map(([, file]) => file);
    expect(started.length).toBeGreaterThan(1);
    for (const file of started) expect(existsSync(path.join(root, `${file}.ts`))).toBe(true);
    expect(sources).toMatch(/'live'/);
    expect(sources).toMatch(/'ready'/);
    for (const stage of ['api', 'witness'])
      expect(stages.get(stage)).toMatch(/HEALTHCHECK[^]+127\.0\.0\.1:(?:8080\/health\/live|7380\/health)'/);
  });

  it('start commands that there are', () => {
    const commands = [...text('Dockerfile').matchAll(/cli\/main\.js", "(\w+)"/g)].map(
      ([, command]) => command,
    );
    expect(commands.sort()).toEqual(['witness', 'worker']);
    for (const command of commands) expect(sources).toContain(`.command('${command}')`);
  });

  it('run as nobody in particular, under an init, from an image with a version', () => {
    expect(text('Dockerfile')).toMatch(/^ARG NODE=node:\d+\.\d+\.\d+-/m);
    expect(stages.get('runtime')).toMatch(/^USER \d+:\d+$/m);
    expect(stages.get('runtime')).toMatch(/^ENTRYPOINT \["\/usr\/bin\/tini", "--"\]$/m);
    for (const stage of ['api', 'witness']) expect(stages.get(stage)).not.toMatch(/^USER/m);
  });

  it('hold a Node that the project runs on', () => {
    const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    const [wanted, given] = [/(\d+)/.exec(engines.node)![1], /node:(\d+)/.exec(text('Dockerfile'))![1]];
    expect(Number(given)).toBeGreaterThanOrEqual(Number(wanted));
  });
});

describe('settings that are handed in', () => {
  const handedIn = [
    ...text('Dockerfile').matchAll(/\b(LACUNA_\w+)/g),
    ...[...COMPOSE, ...MANIFESTS].flatMap((name) => [...text(name).matchAll(/\b(LACUNA_[A-Z_]+[A-Z])\b/g)]),
  ].map(([, name]) => name);

  it.each([...new Set(handedIn)].filter((name) => !name.endsWith('_')))(
    '%s is one that the programs read',
    (name) => {
      expect(sources).toContain(name);
    },
  );

  it('are told in the example when a file cannot do without them', () => {
    const needed = COMPOSE.flatMap((name) =>
      [...text(name).matchAll(/\$\{(\w+):\?/g)].map(([, variable]) => variable),
    );
    const example = text('scaled/env.example');
    for (const variable of needed) expect(example).toMatch(new RegExp(`^${variable}=`, 'm'));
  });
});

describe.each(COMPOSE)('%s', (name) => {
  const all = services(name);
  const [file] = documents(name);

  it('takes every image at a version, and builds stages that there are', () => {
    for (const [, { image, build }] of all) {
      if (image === undefined) continue; // adds to a service of the other file
      expect(image).toMatch(/:v?\d+[\w.-]*$/);
      if (build === undefined) continue;
      expect([...stages.keys()]).toContain(build.target);
      expect(existsSync(path.join(docker, build.context as string, build.dockerfile as string))).toBe(true);
    }
  });

  it('mounts volumes that it declares and files that are there', () => {
    for (const mount of all.flatMap(([, { volumes = [] }]) => volumes as string[])) {
      const [source] = mount.split(':');
      if (!source.startsWith('.')) expect(Object.keys(file.volumes as Yaml)).toContain(source);
      else expect([source, `${source}.example`].some((one) => existsSync(path.join(docker, one)))).toBe(true);
    }
  });

  it('waits for services that there are, and publishes on this machine only', () => {
    const names = all.map(([service]) => service);
    for (const [, { depends_on: needs = [], ports = [] }] of all) {
      for (const need of Array.isArray(needs) ? needs : Object.keys(needs as Yaml))
        expect(names).toContain(need);
      for (const port of ports as string[]) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    }
  });
});

it('confines our own containers and gives them the time that a stop may take', () => {
  expect(ownServices.length).toBeGreaterThan(1);
  for (const [, service] of ownServices) {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(parseInt(service.stop_grace_period as string, 10)).toBeGreaterThanOrEqual(75);
    for (const port of (service.ports ?? []) as string[])
      expect(exposed(service.build.target as string)).toContain(Number(port.split(':')[2]));
  }
});

it('lets Prometheus find every metrics port that an image opens', () => {
  const [{ scrape_configs: jobs }] = documents('observability/prometheus/prometheus.yml');
  const scraped = (jobs as Yaml[]).map((job): [string, number] => {
    const [found] = (job.dns_sd_configs ?? []) as Yaml[];
    if (found !== undefined) return [found.names[0] as string, found.port as number];
    const [name, port] = (job.static_configs[0].targets[0] as string).split(':');
    return [name, Number(port)];
  });
  const names = COMPOSE.flatMap(services).map(([name]) => name);
  for (const [name, port] of scraped) {
    expect(names).toContain(name);
    expect(exposed(name)).toContain(port);
    expect(stages.get(name)).toMatch(new RegExp(`METRICS_PORT=${port}$|"--metrics-port", "${port}"`, 'm'));
  }
  expect(scraped.map(([name]) => name).sort()).toEqual(['api', 'worker']);
});

describe('the Kubernetes manifests', () => {
  it('are all named, and name each other', () => {
    const [{ resources: listed }] = documents('kubernetes/kustomization.yaml');
    expect([...(listed as string[])].sort()).toEqual(MANIFESTS.map((name) => path.basename(name)).sort());
    const labels = resources
      .filter(({ spec }) => spec?.template)
      .map(({ spec }) => spec.template.metadata.labels as Yaml);
    for (const { kind, spec } of resources)
      if (
        ['Service', 'PodDisruptionBudget', 'NetworkPolicy', 'StatefulSet', 'Deployment'].includes(
          kind as string,
        )
      ) {
        const selector = (
          kind === 'Service' ? spec.selector : (spec.selector ?? spec.podSelector)?.matchLabels
        ) as Yaml | undefined;
        if (selector !== undefined) expect(labels).toContainEqual(expect.objectContaining(selector));
      }
  });

  it('run one keeper and one witness, confined, with probes on ports that they open', () => {
    for (const { kind, spec } of resources) if (kind === 'StatefulSet') expect(spec.replicas).toBe(1);
    for (const spec of podSpecs) {
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.automountServiceAccountToken).toBe(false);
    }
    for (const container of containers) {
      expect(container.securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
      });
      const stage = (container.image as string).replace('lacuna/', '');
      expect([...stages.keys()]).toContain(stage);
      const ports = (container.ports ?? []) as Yaml[];
      for (const { containerPort } of ports) expect(exposed(stage)).toContain(containerPort);
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        if (container[probe] !== undefined)
          expect(ports.map(({ name }) => name as string)).toContain(container[probe].httpGet.port);
    }
  });

  it('keep secrets out of themselves', () => {
    expect(resources.map(({ kind }) => kind as string)).not.toContain('Secret');
    expect(text('kubernetes/README.md')).toContain('kubectl -n lacuna create secret generic lacuna');
  });
});

// Where the tool is there, it says whether it can put the manifests together.
if (spawnSync('kubectl', ['kustomize', '--help']).status === 0)
  it('are put together by kubectl', () => {
    const { status, stdout } = spawnSync('kubectl', ['kustomize', path.join(docker, 'kubernetes')], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('kind: StatefulSet');
  });
