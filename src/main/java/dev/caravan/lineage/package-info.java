/** What is made of what, told in the form of OpenLineage. */
package dev.caravan.lineage;
