package io.holdfast.client;

/**
 * A push is acknowledged.
 *
 * @param parts how many range parts it was made of
 * @param duplicates how many of them the ranges had already, from before a retry or a restart
 */
public record PushReceipt(int parts, int duplicates) {}
