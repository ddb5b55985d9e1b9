/** A publisher with defaults: source, correlation id and actor are said once, not with every event. */
import type { EventActor, EventInput, EventMetadata, EventSource, Receipt } from '@telltale/catalogue';
import type { PublishOptions } from './append/publish.ts';
import type { CustomEvents, Publishable, TypedInput } from './typed-event.ts';

export interface PublisherDefaults {
  readonly source?: EventSource | string;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly actor?: EventActor;
  readonly tags?: Record<string, string>;
  readonly tenant?: NonNullable<EventMetadata['tenant']>;
}

/** What a publisher hands its events to: a store. */
interface Publishing<Custom extends CustomEvents> {
  publish<Name extends Publishable<Custom>>(
    event: TypedInput<Custom, Name>,
    options?: PublishOptions,
  ): Promise<Receipt>;
  publishBatch<Name extends Publishable<Custom>>(
    events: readonly TypedInput<Custom, Name>[],
    options?: PublishOptions & { readonly partial?: false },
  ): Promise<Receipt[]>;
}

export class EventPublisher<Custom extends CustomEvents = Record<never, never>> {
  readonly #store: Publishing<Custom>;
  readonly #defaults: PublisherDefaults;

  constructor(store: Publishing<Custom>, defaults: PublisherDefaults = {}) {
    this.#store = store;
    this.#defaults = defaults;
  }

  /** A publisher with further defaults. */
  with(defaults: PublisherDefaults): EventPublisher<Custom> {
    return new EventPublisher(this.#store, { ...this.#defaults, ...defaults });
  }

  publish<Name extends Publishable<Custom>>(
    event: TypedInput<Custom, Name>,
    options?: PublishOptions,
  ): Promise<Receipt> {
    return this.#store.publish(this.#complete(event), options);
  }

  publishBatch<Name extends Publishable<Custom>>(
    events: readonly TypedInput<Custom, Name>[],
    options?: PublishOptions,
  ): Promise<Receipt[]> {
    return this.#store.publishBatch(
      events.map((event) => this.#complete(event)),
      options,
    );
  }

  /** What the event says itself wins; tags are joined. */
  #complete<Event extends EventInput>(event: Event): Event {
    const { source, correlationId, causationId, actor, tags, tenant } = this.#defaults;
    const metadata: EventMetadata = {
      ...(typeof source === 'object' && { source }),
      ...(actor !== undefined && { actor }),
      ...(tenant !== undefined && { tenant }),
      ...event.metadata,
      ...(tags !== undefined && { tags: { ...tags, ...event.metadata?.tags } }),
    };
    return {
      ...event,
      metadata,
      source: event.source ?? (typeof source === 'string' ? source : null),
      correlation_id: event.correlation_id ?? correlationId ?? null,
      causation_id: event.causation_id ?? causationId ?? null,
    };
  }
}
