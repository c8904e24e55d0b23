package io.holdfast.replication.peer;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.ChainMessage;
import io.holdfast.replication.chain.ChainMessage.Ack;
import io.holdfast.replication.chain.ChainMessage.Attach;
import io.holdfast.replication.chain.ChainMessage.Attached;
import io.holdfast.replication.chain.ChainMessage.Boundary;
import io.holdfast.replication.chain.ChainMessage.Fenced;
import io.holdfast.replication.chain.ChainMessage.Progress;
import io.holdfast.replication.chain.ChainMessage.Ready;
import io.holdfast.replication.shard.Peers.CopyPart;
import io.holdfast.store.log.RecordHeader;
import io.holdfast.v1.CopyPiece;
import io.holdfast.v1.ForwardedRecord;
import io.holdfast.v1.RangeMessage;
import io.holdfast.v1.ReadyToFollow;

/** The core's messages and their form on the wire. */
final class PeerCodec {
  private PeerCodec() {}

  static RangeMessage toProto(int range, ChainMessage message) {
    var to = RangeMessage.newBuilder().setRange(range).setEpoch(message.epoch());
    switch (message) {
      case Ready unused -> to.setReady(ReadyToFollow.getDefaultInstance());
      case Attach attach -> {
        var body =
            to.getAttachBuilder()
                .setLastLsn(attach.lastLsn())
                .setCommittedLsn(attach.committedLsn());
        for (var boundary : attach.boundaries()) {
          body.addBoundariesBuilder()
              .setRecordEpoch(boundary.recordEpoch())
              .setFirstLsn(boundary.firstLsn());
        }
      }
      case Attached attached -> to.getAttachedBuilder().setLsn(attached.lsn());
      case Progress progress ->
          to.getProgressBuilder()
              .setDurableLsn(progress.durableLsn())
              .setCommittedLsn(progress.committedLsn())
              .setActivated(progress.activated());
      case Ack ack ->
          to.getAckBuilder()
              .setCommittedLsn(ack.committedLsn())
              .setDurableLsn(ack.durableLsn())
              .setAdopted(ack.adopted());
      case Fenced unused -> to.setFenced(io.holdfast.v1.Fenced.getDefaultInstance());
    }
    return to.build();
  }

  static ChainMessage fromProto(RangeMessage from) {
    int epoch = from.getEpoch();
    return switch (from.getBodyCase()) {
      case READY -> new Ready(epoch);
      case ATTACH ->
          new Attach(
              epoch,
              from.getAttach().getLastLsn(),
              from.getAttach().getCommittedLsn(),
              from.getAttach().getBoundariesList().stream()
                  .map(boundary -> new Boundary(boundary.getRecordEpoch(), boundary.getFirstLsn()))
                  .toList());
      case ATTACHED -> new Attached(epoch, from.getAttached().getLsn());
      case PROGRESS ->
          new Progress(
              epoch,
              from.getProgress().getDurableLsn(),
              from.getProgress().getCommittedLsn(),
              from.getProgress().getActivated());
      case ACK ->
          new Ack(
              epoch,
              from.getAck().getCommittedLsn(),
              from.getAck().getDurableLsn(),
              from.getAck().getAdopted());
      case FENCED -> new Fenced(epoch);
      case BODY_NOT_SET -> throw malformed("a message that says nothing known here");
    };
  }

  static ForwardedRecord toProto(int epoch, RecordHeader header) {
    return ForwardedRecord.newBuilder()
        .setRange(header.range())
        .setEpoch(epoch)
        .setType(Byte.toUnsignedInt(header.type()))
        .setFlags(Byte.toUnsignedInt(header.flags()))
        .setRecordEpoch(header.recordEpoch())
        .setLsn(header.lsn())
        .setWorker(header.worker())
        .setIncarnation(header.incarnation())
        .setSeq(header.seq())
        .setClock(header.clock())
        .build();
  }

  static RecordHeader header(ForwardedRecord from) {
    if (from.getType() < 1 || from.getType() > Byte.MAX_VALUE || from.getFlags() >>> 8 != 0) {
      throw malformed("a record of type " + from.getType() + " with flags " + from.getFlags());
    }
    return new RecordHeader(
        (byte) from.getType(),
        (byte) from.getFlags(),
        from.getRange(),
        from.getRecordEpoch(),
        from.getLsn(),
        from.getWorker(),
        from.getIncarnation(),
        from.getSeq(),
        from.getClock());
  }

  static CopyPiece.Part toProto(CopyPart part) {
    return switch (part) {
      case BEGIN -> CopyPiece.Part.BEGIN;
      case ROWS -> CopyPiece.Part.ROWS;
      case RECORD -> CopyPiece.Part.RECORD;
      case METADATA -> CopyPiece.Part.METADATA;
      case END -> CopyPiece.Part.END;
    };
  }

  static CopyPart fromProto(CopyPiece.Part part) {
    return switch (part) {
      case BEGIN -> CopyPart.BEGIN;
      case ROWS -> CopyPart.ROWS;
      case RECORD -> CopyPart.RECORD;
      case METADATA -> CopyPart.METADATA;
      case END -> CopyPart.END;
      case PART_UNSPECIFIED, UNRECOGNIZED -> throw malformed("a piece of a copy of no known kind");
    };
  }

  static HoldfastException malformed(String what) {
    return new HoldfastException(
        ErrorCode.MALFORMED_FRAME, what + ": run the same release on all nodes of a cluster");
  }
}
