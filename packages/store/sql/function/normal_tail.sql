-- How likely a normal deviate is at least as far from 0 as p_z, on either side: erfc(|z| / sqrt 2).
-- PostgreSQL has erfc from 16 on only; this is the Chebyshev fit of Numerical Recipes (erfcc), good to 1.2e-7 of the value,
-- which a polynomial with a bounded absolute error is not where p is small.
create or replace function telltale.normal_tail(p_z double precision) returns double precision
language sql immutable parallel safe
return (
  -- Beyond 37 a double underflows, which PostgreSQL reports as an error.
  select t * exp(-x * x - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806
    + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)))))))))
  from (select x, 1 / (1 + 0.5 * x) as t from (select least(abs(p_z), 37) / sqrt(2::double precision) as x) halved) fitted
);
