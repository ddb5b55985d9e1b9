/** A publisher with defaults: source, correlation id and actor are said once, not with every event. */
import type { EventActor, EventInput, EventMetadata, EventSource, Receipt } from '@telltale/catalogue';
import type { PublishBatchOptions, PublishOptions } from './append/publish.ts';
import type { EventStore } from './event-store.ts';
import type { CustomEvents, EventData, Publishable } from './typed-event.ts';

export interface PublisherDefaults {
  readonly source?: EventSource | string;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly actor?: EventActor;
  readonly tags?: Record<string, string>;
  readonly tenant?: NonNullable<EventMetadata['tenant']>;
}

export class EventPublisher<Custom extends CustomEvents = Record<never, never>> {
  readonly #store: EventStore<Custom>;
  readonly #defaults: PublisherDefaults;

  constructor(store: EventStore<Custom>, defaults: PublisherDefaults = {}) {
    this.#store = store;
    this.#defaults = defaults;
  }

  /** A publisher with further defaults. */
  with(defaults: PublisherDefaults): EventPublisher<Custom> {
    return new EventPublisher(this.#store, { ...this.#defaults, ...defaults });
  }

  publish<Name extends Publishable<Custom>>(
    event: EventInput<Name, EventData<Custom, Name>>,
    options?: PublishOptions,
  ): Promise<Receipt> {
    return this.#store.publish(this.#complete(event), options);
  }

  publishBatch<Name extends Publishable<Custom>>(
    events: readonly EventInput<Name, EventData<Custom, Name>>[],
    options?: Omit<PublishBatchOptions, 'partial'>,
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
