-- A person asks for a product by its id and may not know whose it is.

create index on products.product (id);
