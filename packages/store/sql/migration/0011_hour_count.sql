-- How many events each segment's positions hold by hour alone. The distribution over the hours of the day adds up all
-- types and severities: over 7 days of 10 M events that is 6,000 rows here and 370,000 of event_counts.
create table telltale.hour_counts (
  log smallint not null,
  first_position bigint not null,
  hour timestamptz not null,
  recorded_day date not null,
  tier smallint not null,
  tenant text not null,
  events bigint not null
);

create index hour_counts_hour on telltale.hour_counts (hour);

alter table telltale.hour_counts enable row level security;
create policy application on telltale.hour_counts for select to telltale_application using (true);
create policy reader on telltale.hour_counts for select to telltale_reader
  using (tenant = coalesce(current_setting('telltale.tenant', true), ''));

insert into telltale.hour_counts (log, first_position, hour, recorded_day, tier, tenant, events)
select log, first_position, hour, recorded_day, tier, tenant, sum(events)
from telltale.event_counts
group by log, first_position, hour, recorded_day, tier, tenant;
