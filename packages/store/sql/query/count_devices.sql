-- Counts the events of each device in the next complete blocks of the logs.
select telltale.count_devices(:blocks) as counted;
