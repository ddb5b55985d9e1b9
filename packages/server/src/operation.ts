/** Everything that keeps a server well and tells how it is, put together in the order that it has to stand in. */
import type { TenantStore } from '@telltale/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { defaultAudit, defaultLimits, defaultMetrics, defaultReady, type ServerOptions } from './option.ts';
import { Audit, registerAudit } from './plugin/audit.ts';
import { Gauges, type LiveFigures } from './plugin/gauge.ts';
import { Lifecycle, registerDrain, registerLifecycle } from './plugin/lifecycle.ts';
import { registerLimits, registerWatches } from './plugin/limit.ts';
import { registerLog } from './plugin/log.ts';
import { Metrics, registerMetrics } from './plugin/metric.ts';
import { registerTrace, traceCalls } from './plugin/trace.ts';
import { probeLive, probeStore, ReadinessChecks } from './readiness.ts';
import { serveHealth } from './route/health.ts';
import { serveMetrics } from './route/metric.ts';
import type { Mount } from './serve.ts';
import { boundBatch, boundTime, joinWatches, type Watch, watchStore } from './watch.ts';

export class Operation {
  readonly #checks = new ReadinessChecks();
  readonly #gauges: Gauges;
  readonly #app: FastifyInstance;
  readonly #options: ServerOptions;
  readonly #lifecycle = new Lifecycle();
  readonly #metrics = new Metrics();
  readonly #watch: Watch;

  constructor(app: FastifyInstance, options: ServerOptions) {
    this.#app = app;
    this.#options = options;
    const { batchEvents, storeSeconds } = this.#limits;
    this.#gauges = new Gauges(this.#metrics.registry, options.store, this.#metricOptions.cacheSeconds);
    this.#watch = joinWatches([traceCalls(), this.#metrics.watch, boundBatch(batchEvents), boundTime(storeSeconds)]);
    probeStore(this.#checks, options.store, this.#ready);
    app.addHook('onClose', async () => this.#gauges.close());
  }

  get #limits(): typeof defaultLimits {
    return { ...defaultLimits, ...this.#options.limits };
  }

  get #ready(): typeof defaultReady {
    return { ...defaultReady, ...this.#options.ready };
  }

  get #metricOptions(): typeof defaultMetrics {
    return { ...defaultMetrics, ...this.#options.metrics };
  }

  /** What comes before anybody asks who calls. */
  registerFirst(): void {
    registerLifecycle(this.#app, this.#lifecycle);
    registerLog(this.#app);
    registerMetrics(this.#app, this.#metrics);
    registerTrace(this.#app);
    registerWatches(this.#app, this.#limits);
  }

  /** What goes by who calls. */
  async registerForCaller(): Promise<void> {
    await registerLimits(this.#app, this.#limits);
    const { audit, store } = this.#options;
    if (audit === false) return;
    const { stopSeconds } = this.#limits;
    registerAudit(this.#app, new Audit(store, this.#metrics, { ...defaultAudit, ...audit }, stopSeconds));
  }

  /** The store as routes get it: bounded, measured and traced. */
  watched(store: TenantStore, request: FastifyRequest | null = null): TenantStore {
    return watchStore(store, request, this.#watch);
  }

  /** Looks after the live streams too. */
  watchLive(live: { readonly figures: LiveFigures; readonly behindSeconds: number }): void {
    this.#gauges.watchLive(() => live.figures);
    probeLive(this.#checks, () => live.behindSeconds, this.#ready);
  }

  serve(mount: Mount): void {
    serveHealth(mount, this.#checks, this.#lifecycle);
    serveMetrics(mount, this.#metrics, this.#gauges, this.#metricOptions);
  }

  /** What waits for all others to have begun to stop. */
  registerLast(): void {
    registerDrain(this.#app, this.#lifecycle, this.#limits.stopSeconds);
  }
}
