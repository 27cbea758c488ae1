-- Records of the days that break no rule, not even one that only warns, of all of them; null when there is none. Another spelling of a country is no defect.
select round(cast(told - warned as numeric) / nullif(told + refused, 0), 4)
from (select (select count(*) from customers.transaction where day between :from and :to) + (select count(*) from customers.ticket where day between :from and :to) as told,
             (select count(distinct transaction_id) from customers.finding where day between :from and :to and rule <> 'transaction-country-alias') as warned,
             (select count(*) from customers.refusal where day between :from and :to) as refused) counted
