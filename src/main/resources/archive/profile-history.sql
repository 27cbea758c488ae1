select user_id, valid_from, valid_to, country, device_type, shipping_address, payment_method, support_status
from customers.history
where valid_from >= cast(:day as timestamp) at time zone 'UTC' and valid_from < cast(:day + 1 as timestamp) at time zone 'UTC'
order by valid_from, user_id
