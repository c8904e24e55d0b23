package io.holdfast.it.sim;

import io.holdfast.client.retry.Route;
import io.holdfast.client.retry.RowSource;
import io.holdfast.coordination.Chains;
import io.holdfast.model.KeyRange;
import io.holdfast.v1.CatalogState;
import io.holdfast.wire.OutboundKeys;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.OutboundValues;
import io.holdfast.wire.Reply;
import java.util.ArrayList;
import java.util.List;

/** Between what the client library says and hears, and what is sent here. */
final class ClientWire {
  private ClientWire() {}

  /** One push of one key; which, the operation's number says. */
  static final class OneRow implements RowSource {
    @Override
    public OutboundKeys keys(int from, int to) {
      return OutboundKeys.raw(new long[0], 0, 0);
    }

    @Override
    public OutboundValues values(int from, int to) {
      return OutboundValues.NONE;
    }

    @Override
    public int indexOf(long key, int from, int to) {
      return to;
    }
  }

  static Request request(OutboundRequest out, int process, int rank, int range, int op) {
    var header = out.header();
    return switch (out) {
      case OutboundRequest.Join join ->
          new Request(
              Request.Kind.JOIN,
              process,
              header.call(),
              range,
              header.epoch(),
              rank,
              join.incarnation(),
              0,
              join.clock(),
              join.groupSize(),
              0,
              false,
              0,
              io.holdfast.wire.Request.Need.NONE);
      case OutboundRequest.Push push ->
          new Request(
              Request.Kind.PUSH,
              process,
              header.call(),
              range,
              header.epoch(),
              rank,
              push.incarnation(),
              push.seq(),
              push.clock(),
              0,
              0,
              false,
              op,
              io.holdfast.wire.Request.Need.NONE);
      case OutboundRequest.Tick tick ->
          new Request(
              Request.Kind.TICK,
              process,
              header.call(),
              range,
              header.epoch(),
              rank,
              tick.incarnation(),
              tick.seq(),
              tick.clock(),
              0,
              0,
              false,
              op,
              io.holdfast.wire.Request.Need.NONE);
      case OutboundRequest.Pull pull ->
          new Request(
              Request.Kind.PULL,
              process,
              header.call(),
              range,
              header.epoch(),
              rank,
              pull.incarnation(),
              0,
              pull.clock(),
              0,
              pull.ownSeq(),
              pull.latest(),
              0,
              pull.need());
      case OutboundRequest.Save save -> throw new IllegalStateException("nothing is saved here");
      case OutboundRequest.Heartbeat beat -> throw new IllegalStateException("nobody beats here");
      case OutboundRequest.Queue queue -> throw new IllegalStateException("there are no queues");
      case OutboundRequest.Leave leave -> throw new IllegalStateException("nobody leaves here");
    };
  }

  static Reply reply(Request request, Answer answer) {
    return switch (request.kind()) {
      case JOIN ->
          new Reply.Joined(
              request.call(),
              answer.incarnation(),
              answer.seq(),
              answer.clock(),
              0,
              null,
              0,
              answer.group());
      case PUSH -> new Reply.Pushed(request.call(), answer.lsn(), false);
      case TICK -> new Reply.Ticked(request.call(), answer.lsn(), false);
      case PULL ->
          new Reply.Pulled(request.call(), answer.epoch(), answer.lsn(), answer.clock(), 0, 0);
    };
  }

  static List<Route> routes(CatalogState known) {
    var routes = new ArrayList<Route>();
    for (var placed : Chains.all(known)) {
      var range = placed.range();
      var readers = new ArrayList<String>();
      for (var member : Chains.serving(range)) {
        readers.add(Chains.node(known, member.getNode()).orElseThrow().getAddress());
      }
      routes.add(
          new Route(
              range.getId(),
              new KeyRange(range.getStart(), range.getEnd()),
              range.getEpoch(),
              readers.isEmpty() ? "" : readers.getFirst(),
              readers,
              range.getAncestorsList()));
    }
    return routes;
  }
}
