select visitor, anonymous, started, ended, clicks, cast(types as text), cast(to_json(devices) as text), cast(to_json(countries) as text),
       cast(to_json(sources) as text), cart_value
from clicks.session
where started >= cast(:day as timestamp) at time zone 'UTC' and started < cast(:day + 1 as timestamp) at time zone 'UTC'
order by started, visitor, anonymous
