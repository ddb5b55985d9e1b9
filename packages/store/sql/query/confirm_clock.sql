-- Says that the server's clock is right although it leapt.
select telltale.confirm_clock() as epoch;
