-- Durable readers: their checkpoint is insert-only like every hot row; the newest generation counts.
create table telltale.subscriptions (
  name varchar(100) primary key,
  created_at timestamptz not null default now()
);

create table telltale.subscription_checkpoints (
  name varchar(100) not null references telltale.subscriptions on delete cascade,
  generation bigint not null,
  cursor jsonb not null,
  -- The process that stored it; another one stores the next generation only if it read this one.
  owner uuid not null,
  stored_at timestamptz not null default clock_timestamp(),
  primary key (name, generation)
);
