-- Caravan's own database is the one the image makes.
create database medusa;
