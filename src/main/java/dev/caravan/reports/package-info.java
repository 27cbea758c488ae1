/** Reports in the forms in which people and spreadsheets read them. */
package dev.caravan.reports;
