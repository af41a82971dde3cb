import type { Codec, DecodeOptions } from 'protons-runtime';
import type { Uint8ArrayList } from 'uint8arraylist';
export interface TraceEvent {
    type?: number;
    peerID?: Uint8Array<ArrayBuffer>;
    timestamp?: bigint;
    publishMessage?: TraceEvent.Publish;
    rejectMessage?: TraceEvent.Reject;
    duplicateMessage?: TraceEvent.Duplicate;
    deliverMessage?: TraceEvent.Deliver;
    addPeer?: TraceEvent.Peer;
    removePeer?: TraceEvent.Peer;
    graft?: TraceEvent.Mesh;
    prune?: TraceEvent.Mesh;
    starling?: TraceEvent.Starling;
}
export declare namespace TraceEvent {
    interface Publish {
        messageID?: Uint8Array<ArrayBuffer>;
        topic?: string;
    }
    namespace Publish {
        const codec: () => Codec<Publish, Partial<Publish>>;
        interface PublishMessageIDFieldEvent {
            field: '$.messageID';
            value: Uint8Array<ArrayBuffer>;
        }
        interface PublishTopicFieldEvent {
            field: '$.topic';
            value: string;
        }
        function encode(obj: Partial<Publish>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Publish>): Publish;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Publish>): Generator<PublishMessageIDFieldEvent | PublishTopicFieldEvent>;
    }
    interface Reject {
        messageID?: Uint8Array<ArrayBuffer>;
        receivedFrom?: Uint8Array<ArrayBuffer>;
        reason?: string;
        topic?: string;
    }
    namespace Reject {
        const codec: () => Codec<Reject, Partial<Reject>>;
        interface RejectMessageIDFieldEvent {
            field: '$.messageID';
            value: Uint8Array<ArrayBuffer>;
        }
        interface RejectReceivedFromFieldEvent {
            field: '$.receivedFrom';
            value: Uint8Array<ArrayBuffer>;
        }
        interface RejectReasonFieldEvent {
            field: '$.reason';
            value: string;
        }
        interface RejectTopicFieldEvent {
            field: '$.topic';
            value: string;
        }
        function encode(obj: Partial<Reject>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Reject>): Reject;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Reject>): Generator<RejectMessageIDFieldEvent | RejectReceivedFromFieldEvent | RejectReasonFieldEvent | RejectTopicFieldEvent>;
    }
    interface Duplicate {
        messageID?: Uint8Array<ArrayBuffer>;
        receivedFrom?: Uint8Array<ArrayBuffer>;
        topic?: string;
    }
    namespace Duplicate {
        const codec: () => Codec<Duplicate, Partial<Duplicate>>;
        interface DuplicateMessageIDFieldEvent {
            field: '$.messageID';
            value: Uint8Array<ArrayBuffer>;
        }
        interface DuplicateReceivedFromFieldEvent {
            field: '$.receivedFrom';
            value: Uint8Array<ArrayBuffer>;
        }
        interface DuplicateTopicFieldEvent {
            field: '$.topic';
            value: string;
        }
        function encode(obj: Partial<Duplicate>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Duplicate>): Duplicate;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Duplicate>): Generator<DuplicateMessageIDFieldEvent | DuplicateReceivedFromFieldEvent | DuplicateTopicFieldEvent>;
    }
    interface Deliver {
        messageID?: Uint8Array<ArrayBuffer>;
        topic?: string;
        receivedFrom?: Uint8Array<ArrayBuffer>;
    }
    namespace Deliver {
        const codec: () => Codec<Deliver, Partial<Deliver>>;
        interface DeliverMessageIDFieldEvent {
            field: '$.messageID';
            value: Uint8Array<ArrayBuffer>;
        }
        interface DeliverTopicFieldEvent {
            field: '$.topic';
            value: string;
        }
        interface DeliverReceivedFromFieldEvent {
            field: '$.receivedFrom';
            value: Uint8Array<ArrayBuffer>;
        }
        function encode(obj: Partial<Deliver>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Deliver>): Deliver;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Deliver>): Generator<DeliverMessageIDFieldEvent | DeliverTopicFieldEvent | DeliverReceivedFromFieldEvent>;
    }
    interface Peer {
        peerID?: Uint8Array<ArrayBuffer>;
    }
    namespace Peer {
        const codec: () => Codec<Peer, Partial<Peer>>;
        interface PeerPeerIDFieldEvent {
            field: '$.peerID';
            value: Uint8Array<ArrayBuffer>;
        }
        function encode(obj: Partial<Peer>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Peer>): Peer;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Peer>): Generator<PeerPeerIDFieldEvent>;
    }
    interface Mesh {
        peerID?: Uint8Array<ArrayBuffer>;
        topic?: string;
    }
    namespace Mesh {
        const codec: () => Codec<Mesh, Partial<Mesh>>;
        interface MeshPeerIDFieldEvent {
            field: '$.peerID';
            value: Uint8Array<ArrayBuffer>;
        }
        interface MeshTopicFieldEvent {
            field: '$.topic';
            value: string;
        }
        function encode(obj: Partial<Mesh>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Mesh>): Mesh;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Mesh>): Generator<MeshPeerIDFieldEvent | MeshTopicFieldEvent>;
    }
    interface Starling {
        kind?: number;
        name?: string;
        topic?: string;
        id?: Uint8Array<ArrayBuffer>;
        peer?: Uint8Array<ArrayBuffer>;
        height?: number;
        bytes?: number;
        transactions?: number;
        transactionIds?: Uint8Array<ArrayBuffer>;
        via?: number;
        block?: Uint8Array<ArrayBuffer>;
        durationNs?: bigint;
        outcome?: string;
        code?: string;
        protocol?: string;
        work?: string;
        abandoned?: number;
        ours?: TraceEvent.State;
        theirs?: TraceEvent.State;
        blocksFetched?: number;
        transactionsFetched?: number;
        until?: bigint;
        missing?: number;
        hedged?: boolean;
        full?: boolean;
        transactionsSent?: number;
        transactionsDiffer?: number;
        wireBytes?: number;
        parent?: Uint8Array<ArrayBuffer>;
    }
    namespace Starling {
        const codec: () => Codec<Starling, Partial<Starling>>;
        interface StarlingKindFieldEvent {
            field: '$.kind';
            value: number;
        }
        interface StarlingNameFieldEvent {
            field: '$.name';
            value: string;
        }
        interface StarlingTopicFieldEvent {
            field: '$.topic';
            value: string;
        }
        interface StarlingIdFieldEvent {
            field: '$.id';
            value: Uint8Array<ArrayBuffer>;
        }
        interface StarlingPeerFieldEvent {
            field: '$.peer';
            value: Uint8Array<ArrayBuffer>;
        }
        interface StarlingHeightFieldEvent {
            field: '$.height';
            value: number;
        }
        interface StarlingBytesFieldEvent {
            field: '$.bytes';
            value: number;
        }
        interface StarlingTransactionsFieldEvent {
            field: '$.transactions';
            value: number;
        }
        interface StarlingTransactionIdsFieldEvent {
            field: '$.transactionIds';
            value: Uint8Array<ArrayBuffer>;
        }
        interface StarlingViaFieldEvent {
            field: '$.via';
            value: number;
        }
        interface StarlingBlockFieldEvent {
            field: '$.block';
            value: Uint8Array<ArrayBuffer>;
        }
        interface StarlingDurationNsFieldEvent {
            field: '$.durationNs';
            value: bigint;
        }
        interface StarlingOutcomeFieldEvent {
            field: '$.outcome';
            value: string;
        }
        interface StarlingCodeFieldEvent {
            field: '$.code';
            value: string;
        }
        interface StarlingProtocolFieldEvent {
            field: '$.protocol';
            value: string;
        }
        interface StarlingWorkFieldEvent {
            field: '$.work';
            value: string;
        }
        interface StarlingAbandonedFieldEvent {
            field: '$.abandoned';
            value: number;
        }
        interface StarlingOursHeightFieldEvent {
            field: '$.ours.height';
            value: number;
        }
        interface StarlingOursHashFieldEvent {
            field: '$.ours.hash';
            value: Uint8Array<ArrayBuffer>;
        }
        interface StarlingOursWorkFieldEvent {
            field: '$.ours.work';
            value: string;
        }
        interface StarlingTheirsHeightFieldEvent {
            field: '$.theirs.height';
            value: number;
        }
        interface StarlingTheirsHashFieldEvent {
            field: '$.theirs.hash';
            value: Uint8Array<ArrayBuffer>;
        }
        interface StarlingTheirsWorkFieldEvent {
            field: '$.theirs.work';
            value: string;
        }
        interface StarlingBlocksFetchedFieldEvent {
            field: '$.blocksFetched';
            value: number;
        }
        interface StarlingTransactionsFetchedFieldEvent {
            field: '$.transactionsFetched';
            value: number;
        }
        interface StarlingUntilFieldEvent {
            field: '$.until';
            value: bigint;
        }
        interface StarlingMissingFieldEvent {
            field: '$.missing';
            value: number;
        }
        interface StarlingHedgedFieldEvent {
            field: '$.hedged';
            value: boolean;
        }
        interface StarlingFullFieldEvent {
            field: '$.full';
            value: boolean;
        }
        interface StarlingTransactionsSentFieldEvent {
            field: '$.transactionsSent';
            value: number;
        }
        interface StarlingTransactionsDifferFieldEvent {
            field: '$.transactionsDiffer';
            value: number;
        }
        interface StarlingWireBytesFieldEvent {
            field: '$.wireBytes';
            value: number;
        }
        interface StarlingParentFieldEvent {
            field: '$.parent';
            value: Uint8Array<ArrayBuffer>;
        }
        function encode(obj: Partial<Starling>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Starling>): Starling;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Starling>): Generator<StarlingKindFieldEvent | StarlingNameFieldEvent | StarlingTopicFieldEvent | StarlingIdFieldEvent | StarlingPeerFieldEvent | StarlingHeightFieldEvent | StarlingBytesFieldEvent | StarlingTransactionsFieldEvent | StarlingTransactionIdsFieldEvent | StarlingViaFieldEvent | StarlingBlockFieldEvent | StarlingDurationNsFieldEvent | StarlingOutcomeFieldEvent | StarlingCodeFieldEvent | StarlingProtocolFieldEvent | StarlingWorkFieldEvent | StarlingAbandonedFieldEvent | StarlingOursHeightFieldEvent | StarlingOursHashFieldEvent | StarlingOursWorkFieldEvent | StarlingTheirsHeightFieldEvent | StarlingTheirsHashFieldEvent | StarlingTheirsWorkFieldEvent | StarlingBlocksFetchedFieldEvent | StarlingTransactionsFetchedFieldEvent | StarlingUntilFieldEvent | StarlingMissingFieldEvent | StarlingHedgedFieldEvent | StarlingFullFieldEvent | StarlingTransactionsSentFieldEvent | StarlingTransactionsDifferFieldEvent | StarlingWireBytesFieldEvent | StarlingParentFieldEvent>;
    }
    interface State {
        height?: number;
        hash?: Uint8Array<ArrayBuffer>;
        work?: string;
    }
    namespace State {
        const codec: () => Codec<State, Partial<State>>;
        interface StateHeightFieldEvent {
            field: '$.height';
            value: number;
        }
        interface StateHashFieldEvent {
            field: '$.hash';
            value: Uint8Array<ArrayBuffer>;
        }
        interface StateWorkFieldEvent {
            field: '$.work';
            value: string;
        }
        function encode(obj: Partial<State>): Uint8Array<ArrayBuffer>;
        function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<State>): State;
        function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<State>): Generator<StateHeightFieldEvent | StateHashFieldEvent | StateWorkFieldEvent>;
    }
    const codec: () => Codec<TraceEvent, Partial<TraceEvent>>;
    interface TraceEventTypeFieldEvent {
        field: '$.type';
        value: number;
    }
    interface TraceEventPeerIDFieldEvent {
        field: '$.peerID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventTimestampFieldEvent {
        field: '$.timestamp';
        value: bigint;
    }
    interface TraceEventPublishMessageMessageIDFieldEvent {
        field: '$.publishMessage.messageID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventPublishMessageTopicFieldEvent {
        field: '$.publishMessage.topic';
        value: string;
    }
    interface TraceEventRejectMessageMessageIDFieldEvent {
        field: '$.rejectMessage.messageID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventRejectMessageReceivedFromFieldEvent {
        field: '$.rejectMessage.receivedFrom';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventRejectMessageReasonFieldEvent {
        field: '$.rejectMessage.reason';
        value: string;
    }
    interface TraceEventRejectMessageTopicFieldEvent {
        field: '$.rejectMessage.topic';
        value: string;
    }
    interface TraceEventDuplicateMessageMessageIDFieldEvent {
        field: '$.duplicateMessage.messageID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventDuplicateMessageReceivedFromFieldEvent {
        field: '$.duplicateMessage.receivedFrom';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventDuplicateMessageTopicFieldEvent {
        field: '$.duplicateMessage.topic';
        value: string;
    }
    interface TraceEventDeliverMessageMessageIDFieldEvent {
        field: '$.deliverMessage.messageID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventDeliverMessageTopicFieldEvent {
        field: '$.deliverMessage.topic';
        value: string;
    }
    interface TraceEventDeliverMessageReceivedFromFieldEvent {
        field: '$.deliverMessage.receivedFrom';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventAddPeerPeerIDFieldEvent {
        field: '$.addPeer.peerID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventRemovePeerPeerIDFieldEvent {
        field: '$.removePeer.peerID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventGraftPeerIDFieldEvent {
        field: '$.graft.peerID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventGraftTopicFieldEvent {
        field: '$.graft.topic';
        value: string;
    }
    interface TraceEventPrunePeerIDFieldEvent {
        field: '$.prune.peerID';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventPruneTopicFieldEvent {
        field: '$.prune.topic';
        value: string;
    }
    interface TraceEventStarlingKindFieldEvent {
        field: '$.starling.kind';
        value: number;
    }
    interface TraceEventStarlingNameFieldEvent {
        field: '$.starling.name';
        value: string;
    }
    interface TraceEventStarlingTopicFieldEvent {
        field: '$.starling.topic';
        value: string;
    }
    interface TraceEventStarlingIdFieldEvent {
        field: '$.starling.id';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventStarlingPeerFieldEvent {
        field: '$.starling.peer';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventStarlingHeightFieldEvent {
        field: '$.starling.height';
        value: number;
    }
    interface TraceEventStarlingBytesFieldEvent {
        field: '$.starling.bytes';
        value: number;
    }
    interface TraceEventStarlingTransactionsFieldEvent {
        field: '$.starling.transactions';
        value: number;
    }
    interface TraceEventStarlingTransactionIdsFieldEvent {
        field: '$.starling.transactionIds';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventStarlingViaFieldEvent {
        field: '$.starling.via';
        value: number;
    }
    interface TraceEventStarlingBlockFieldEvent {
        field: '$.starling.block';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventStarlingDurationNsFieldEvent {
        field: '$.starling.durationNs';
        value: bigint;
    }
    interface TraceEventStarlingOutcomeFieldEvent {
        field: '$.starling.outcome';
        value: string;
    }
    interface TraceEventStarlingCodeFieldEvent {
        field: '$.starling.code';
        value: string;
    }
    interface TraceEventStarlingProtocolFieldEvent {
        field: '$.starling.protocol';
        value: string;
    }
    interface TraceEventStarlingWorkFieldEvent {
        field: '$.starling.work';
        value: string;
    }
    interface TraceEventStarlingAbandonedFieldEvent {
        field: '$.starling.abandoned';
        value: number;
    }
    interface TraceEventStarlingOursHeightFieldEvent {
        field: '$.starling.ours.height';
        value: number;
    }
    interface TraceEventStarlingOursHashFieldEvent {
        field: '$.starling.ours.hash';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventStarlingOursWorkFieldEvent {
        field: '$.starling.ours.work';
        value: string;
    }
    interface TraceEventStarlingTheirsHeightFieldEvent {
        field: '$.starling.theirs.height';
        value: number;
    }
    interface TraceEventStarlingTheirsHashFieldEvent {
        field: '$.starling.theirs.hash';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TraceEventStarlingTheirsWorkFieldEvent {
        field: '$.starling.theirs.work';
        value: string;
    }
    interface TraceEventStarlingBlocksFetchedFieldEvent {
        field: '$.starling.blocksFetched';
        value: number;
    }
    interface TraceEventStarlingTransactionsFetchedFieldEvent {
        field: '$.starling.transactionsFetched';
        value: number;
    }
    interface TraceEventStarlingUntilFieldEvent {
        field: '$.starling.until';
        value: bigint;
    }
    interface TraceEventStarlingMissingFieldEvent {
        field: '$.starling.missing';
        value: number;
    }
    interface TraceEventStarlingHedgedFieldEvent {
        field: '$.starling.hedged';
        value: boolean;
    }
    interface TraceEventStarlingFullFieldEvent {
        field: '$.starling.full';
        value: boolean;
    }
    interface TraceEventStarlingTransactionsSentFieldEvent {
        field: '$.starling.transactionsSent';
        value: number;
    }
    interface TraceEventStarlingTransactionsDifferFieldEvent {
        field: '$.starling.transactionsDiffer';
        value: number;
    }
    interface TraceEventStarlingWireBytesFieldEvent {
        field: '$.starling.wireBytes';
        value: number;
    }
    interface TraceEventStarlingParentFieldEvent {
        field: '$.starling.parent';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<TraceEvent>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TraceEvent>): TraceEvent;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TraceEvent>): Generator<TraceEventTypeFieldEvent | TraceEventPeerIDFieldEvent | TraceEventTimestampFieldEvent | TraceEventPublishMessageMessageIDFieldEvent | TraceEventPublishMessageTopicFieldEvent | TraceEventRejectMessageMessageIDFieldEvent | TraceEventRejectMessageReceivedFromFieldEvent | TraceEventRejectMessageReasonFieldEvent | TraceEventRejectMessageTopicFieldEvent | TraceEventDuplicateMessageMessageIDFieldEvent | TraceEventDuplicateMessageReceivedFromFieldEvent | TraceEventDuplicateMessageTopicFieldEvent | TraceEventDeliverMessageMessageIDFieldEvent | TraceEventDeliverMessageTopicFieldEvent | TraceEventDeliverMessageReceivedFromFieldEvent | TraceEventAddPeerPeerIDFieldEvent | TraceEventRemovePeerPeerIDFieldEvent | TraceEventGraftPeerIDFieldEvent | TraceEventGraftTopicFieldEvent | TraceEventPrunePeerIDFieldEvent | TraceEventPruneTopicFieldEvent | TraceEventStarlingKindFieldEvent | TraceEventStarlingNameFieldEvent | TraceEventStarlingTopicFieldEvent | TraceEventStarlingIdFieldEvent | TraceEventStarlingPeerFieldEvent | TraceEventStarlingHeightFieldEvent | TraceEventStarlingBytesFieldEvent | TraceEventStarlingTransactionsFieldEvent | TraceEventStarlingTransactionIdsFieldEvent | TraceEventStarlingViaFieldEvent | TraceEventStarlingBlockFieldEvent | TraceEventStarlingDurationNsFieldEvent | TraceEventStarlingOutcomeFieldEvent | TraceEventStarlingCodeFieldEvent | TraceEventStarlingProtocolFieldEvent | TraceEventStarlingWorkFieldEvent | TraceEventStarlingAbandonedFieldEvent | TraceEventStarlingOursHeightFieldEvent | TraceEventStarlingOursHashFieldEvent | TraceEventStarlingOursWorkFieldEvent | TraceEventStarlingTheirsHeightFieldEvent | TraceEventStarlingTheirsHashFieldEvent | TraceEventStarlingTheirsWorkFieldEvent | TraceEventStarlingBlocksFetchedFieldEvent | TraceEventStarlingTransactionsFetchedFieldEvent | TraceEventStarlingUntilFieldEvent | TraceEventStarlingMissingFieldEvent | TraceEventStarlingHedgedFieldEvent | TraceEventStarlingFullFieldEvent | TraceEventStarlingTransactionsSentFieldEvent | TraceEventStarlingTransactionsDifferFieldEvent | TraceEventStarlingWireBytesFieldEvent | TraceEventStarlingParentFieldEvent>;
}
