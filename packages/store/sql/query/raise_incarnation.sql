-- Begins a new incarnation of every log, once after a restore.
select telltale.raise_incarnation();
