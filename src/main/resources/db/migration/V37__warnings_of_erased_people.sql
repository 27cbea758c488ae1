-- Warnings told of the addresses of people who had been erased before warnings were gone through, too.
update customers.version v
set warnings = (
  select json_agg(case when warning ->> 'rule' = 'transaction-address-invalid' then warning || '{"message": "erased", "value": "erased"}' else warning end order by number)
  from jsonb_array_elements(cast(v.warnings as jsonb)) with ordinality warned (warning, number))
where user_id ~ '^erased-[0-9a-f]{16}$' and cast(warnings as text) like '%transaction-address-invalid%';
