package jp.onshimock.client;

/**
 * What stands on an insurance card.
 *
 * @param insurer 保険者番号
 * @param symbol 記号; null if the card has none
 * @param number 番号
 * @param branch 枝番; null if unknown
 * @param born yyyyMMdd
 */
public record Person(String insurer, String symbol, String number, String branch, String born) {}
