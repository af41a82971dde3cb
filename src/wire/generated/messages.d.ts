import type { Codec, DecodeOptions } from 'protons-runtime';
import type { Uint8ArrayList } from 'uint8arraylist';
export interface Tip {
    height: number;
    hash: Uint8Array<ArrayBuffer>;
    work: Uint8Array<ArrayBuffer>;
}
export declare namespace Tip {
    const codec: () => Codec<Tip, Partial<Tip>>;
    interface TipHeightFieldEvent {
        field: '$.height';
        value: number;
    }
    interface TipHashFieldEvent {
        field: '$.hash';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TipWorkFieldEvent {
        field: '$.work';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<Tip>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Tip>): Tip;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Tip>): Generator<TipHeightFieldEvent | TipHashFieldEvent | TipWorkFieldEvent>;
}
export interface Hello {
    version: number;
    genesis: Uint8Array<ArrayBuffer>;
    agent: string;
    salt: Uint8Array<ArrayBuffer>;
    head?: Tip;
}
export declare namespace Hello {
    const codec: () => Codec<Hello, Partial<Hello>>;
    interface HelloVersionFieldEvent {
        field: '$.version';
        value: number;
    }
    interface HelloGenesisFieldEvent {
        field: '$.genesis';
        value: Uint8Array<ArrayBuffer>;
    }
    interface HelloAgentFieldEvent {
        field: '$.agent';
        value: string;
    }
    interface HelloSaltFieldEvent {
        field: '$.salt';
        value: Uint8Array<ArrayBuffer>;
    }
    interface HelloHeadHeightFieldEvent {
        field: '$.head.height';
        value: number;
    }
    interface HelloHeadHashFieldEvent {
        field: '$.head.hash';
        value: Uint8Array<ArrayBuffer>;
    }
    interface HelloHeadWorkFieldEvent {
        field: '$.head.work';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<Hello>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Hello>): Hello;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Hello>): Generator<HelloVersionFieldEvent | HelloGenesisFieldEvent | HelloAgentFieldEvent | HelloSaltFieldEvent | HelloHeadHeightFieldEvent | HelloHeadHashFieldEvent | HelloHeadWorkFieldEvent>;
}
export interface TransactionBatch {
    transactions: Uint8Array<ArrayBuffer>[];
    attempt: number;
}
export declare namespace TransactionBatch {
    const codec: () => Codec<TransactionBatch, Partial<TransactionBatch>>;
    interface TransactionBatchTransactionsFieldEvent {
        field: '$.transactions[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    interface TransactionBatchAttemptFieldEvent {
        field: '$.attempt';
        value: number;
    }
    function encode(obj: Partial<TransactionBatch>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TransactionBatch>): TransactionBatch;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TransactionBatch>): Generator<TransactionBatchTransactionsFieldEvent | TransactionBatchAttemptFieldEvent>;
}
export interface BlockAnnouncement {
    full: Uint8Array<ArrayBuffer>;
    compact: Uint8Array<ArrayBuffer>;
}
export declare namespace BlockAnnouncement {
    const codec: () => Codec<BlockAnnouncement, Partial<BlockAnnouncement>>;
    interface BlockAnnouncementFullFieldEvent {
        field: '$.full';
        value: Uint8Array<ArrayBuffer>;
    }
    interface BlockAnnouncementCompactFieldEvent {
        field: '$.compact';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<BlockAnnouncement>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockAnnouncement>): BlockAnnouncement;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockAnnouncement>): Generator<BlockAnnouncementFullFieldEvent | BlockAnnouncementCompactFieldEvent>;
}
export interface BlockTransactionsRequest {
    block: Uint8Array<ArrayBuffer>;
    gaps: Uint8Array<ArrayBuffer>;
}
export declare namespace BlockTransactionsRequest {
    const codec: () => Codec<BlockTransactionsRequest, Partial<BlockTransactionsRequest>>;
    interface BlockTransactionsRequestBlockFieldEvent {
        field: '$.block';
        value: Uint8Array<ArrayBuffer>;
    }
    interface BlockTransactionsRequestGapsFieldEvent {
        field: '$.gaps';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<BlockTransactionsRequest>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockTransactionsRequest>): BlockTransactionsRequest;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockTransactionsRequest>): Generator<BlockTransactionsRequestBlockFieldEvent | BlockTransactionsRequestGapsFieldEvent>;
}
export interface BlockTransactionsResponse {
    transactions: Uint8Array<ArrayBuffer>[];
    block: Uint8Array<ArrayBuffer>;
}
export declare namespace BlockTransactionsResponse {
    const codec: () => Codec<BlockTransactionsResponse, Partial<BlockTransactionsResponse>>;
    interface BlockTransactionsResponseTransactionsFieldEvent {
        field: '$.transactions[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    interface BlockTransactionsResponseBlockFieldEvent {
        field: '$.block';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<BlockTransactionsResponse>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockTransactionsResponse>): BlockTransactionsResponse;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockTransactionsResponse>): Generator<BlockTransactionsResponseTransactionsFieldEvent | BlockTransactionsResponseBlockFieldEvent>;
}
export interface Digest {
    tip?: Tip;
    minFee: bigint;
    cells: Uint8Array<ArrayBuffer>;
}
export declare namespace Digest {
    const codec: () => Codec<Digest, Partial<Digest>>;
    interface DigestTipHeightFieldEvent {
        field: '$.tip.height';
        value: number;
    }
    interface DigestTipHashFieldEvent {
        field: '$.tip.hash';
        value: Uint8Array<ArrayBuffer>;
    }
    interface DigestTipWorkFieldEvent {
        field: '$.tip.work';
        value: Uint8Array<ArrayBuffer>;
    }
    interface DigestMinFeeFieldEvent {
        field: '$.minFee';
        value: bigint;
    }
    interface DigestCellsFieldEvent {
        field: '$.cells';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<Digest>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Digest>): Digest;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Digest>): Generator<DigestTipHeightFieldEvent | DigestTipHashFieldEvent | DigestTipWorkFieldEvent | DigestMinFeeFieldEvent | DigestCellsFieldEvent>;
}
export interface DigestAnswer {
    tip?: Tip;
    minFee: bigint;
    mempool: number;
    transactions: Uint8Array<ArrayBuffer>[];
    wanted: Uint8Array<ArrayBuffer>;
    estimator: Uint8Array<ArrayBuffer>;
}
export declare namespace DigestAnswer {
    const codec: () => Codec<DigestAnswer, Partial<DigestAnswer>>;
    interface DigestAnswerTipHeightFieldEvent {
        field: '$.tip.height';
        value: number;
    }
    interface DigestAnswerTipHashFieldEvent {
        field: '$.tip.hash';
        value: Uint8Array<ArrayBuffer>;
    }
    interface DigestAnswerTipWorkFieldEvent {
        field: '$.tip.work';
        value: Uint8Array<ArrayBuffer>;
    }
    interface DigestAnswerMinFeeFieldEvent {
        field: '$.minFee';
        value: bigint;
    }
    interface DigestAnswerMempoolFieldEvent {
        field: '$.mempool';
        value: number;
    }
    interface DigestAnswerTransactionsFieldEvent {
        field: '$.transactions[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    interface DigestAnswerWantedFieldEvent {
        field: '$.wanted';
        value: Uint8Array<ArrayBuffer>;
    }
    interface DigestAnswerEstimatorFieldEvent {
        field: '$.estimator';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<DigestAnswer>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DigestAnswer>): DigestAnswer;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<DigestAnswer>): Generator<DigestAnswerTipHeightFieldEvent | DigestAnswerTipHashFieldEvent | DigestAnswerTipWorkFieldEvent | DigestAnswerMinFeeFieldEvent | DigestAnswerMempoolFieldEvent | DigestAnswerTransactionsFieldEvent | DigestAnswerWantedFieldEvent | DigestAnswerEstimatorFieldEvent>;
}
export interface CellsRequest {
    from: number;
    count: number;
    symbols: boolean;
}
export declare namespace CellsRequest {
    const codec: () => Codec<CellsRequest, Partial<CellsRequest>>;
    interface CellsRequestFromFieldEvent {
        field: '$.from';
        value: number;
    }
    interface CellsRequestCountFieldEvent {
        field: '$.count';
        value: number;
    }
    interface CellsRequestSymbolsFieldEvent {
        field: '$.symbols';
        value: boolean;
    }
    function encode(obj: Partial<CellsRequest>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CellsRequest>): CellsRequest;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CellsRequest>): Generator<CellsRequestFromFieldEvent | CellsRequestCountFieldEvent | CellsRequestSymbolsFieldEvent>;
}
export interface CellsAnswer {
    cells: Uint8Array<ArrayBuffer>;
    symbols: Uint8Array<ArrayBuffer>;
}
export declare namespace CellsAnswer {
    const codec: () => Codec<CellsAnswer, Partial<CellsAnswer>>;
    interface CellsAnswerCellsFieldEvent {
        field: '$.cells';
        value: Uint8Array<ArrayBuffer>;
    }
    interface CellsAnswerSymbolsFieldEvent {
        field: '$.symbols';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<CellsAnswer>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CellsAnswer>): CellsAnswer;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CellsAnswer>): Generator<CellsAnswerCellsFieldEvent | CellsAnswerSymbolsFieldEvent>;
}
export interface TransactionsRequest {
    wanted: Uint8Array<ArrayBuffer>;
    offered: Uint8Array<ArrayBuffer>;
    transactions: Uint8Array<ArrayBuffer>[];
}
export declare namespace TransactionsRequest {
    const codec: () => Codec<TransactionsRequest, Partial<TransactionsRequest>>;
    interface TransactionsRequestWantedFieldEvent {
        field: '$.wanted';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TransactionsRequestOfferedFieldEvent {
        field: '$.offered';
        value: Uint8Array<ArrayBuffer>;
    }
    interface TransactionsRequestTransactionsFieldEvent {
        field: '$.transactions[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<TransactionsRequest>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TransactionsRequest>): TransactionsRequest;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TransactionsRequest>): Generator<TransactionsRequestWantedFieldEvent | TransactionsRequestOfferedFieldEvent | TransactionsRequestTransactionsFieldEvent>;
}
export interface TransactionsAnswer {
    transactions: Uint8Array<ArrayBuffer>[];
    wanted: Uint8Array<ArrayBuffer>;
}
export declare namespace TransactionsAnswer {
    const codec: () => Codec<TransactionsAnswer, Partial<TransactionsAnswer>>;
    interface TransactionsAnswerTransactionsFieldEvent {
        field: '$.transactions[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    interface TransactionsAnswerWantedFieldEvent {
        field: '$.wanted';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<TransactionsAnswer>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TransactionsAnswer>): TransactionsAnswer;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TransactionsAnswer>): Generator<TransactionsAnswerTransactionsFieldEvent | TransactionsAnswerWantedFieldEvent>;
}
export interface HeadersRequest {
    locator: Uint8Array<ArrayBuffer>[];
    limit: number;
}
export declare namespace HeadersRequest {
    const codec: () => Codec<HeadersRequest, Partial<HeadersRequest>>;
    interface HeadersRequestLocatorFieldEvent {
        field: '$.locator[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    interface HeadersRequestLimitFieldEvent {
        field: '$.limit';
        value: number;
    }
    function encode(obj: Partial<HeadersRequest>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeadersRequest>): HeadersRequest;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeadersRequest>): Generator<HeadersRequestLocatorFieldEvent | HeadersRequestLimitFieldEvent>;
}
export interface HeadersResponse {
    startHeight: number;
    headers: Uint8Array<ArrayBuffer>[];
    tip?: Tip;
}
export declare namespace HeadersResponse {
    const codec: () => Codec<HeadersResponse, Partial<HeadersResponse>>;
    interface HeadersResponseStartHeightFieldEvent {
        field: '$.startHeight';
        value: number;
    }
    interface HeadersResponseHeadersFieldEvent {
        field: '$.headers[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    interface HeadersResponseTipHeightFieldEvent {
        field: '$.tip.height';
        value: number;
    }
    interface HeadersResponseTipHashFieldEvent {
        field: '$.tip.hash';
        value: Uint8Array<ArrayBuffer>;
    }
    interface HeadersResponseTipWorkFieldEvent {
        field: '$.tip.work';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<HeadersResponse>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeadersResponse>): HeadersResponse;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeadersResponse>): Generator<HeadersResponseStartHeightFieldEvent | HeadersResponseHeadersFieldEvent | HeadersResponseTipHeightFieldEvent | HeadersResponseTipHashFieldEvent | HeadersResponseTipWorkFieldEvent>;
}
export interface BlocksRequest {
    hashes: Uint8Array<ArrayBuffer>[];
}
export declare namespace BlocksRequest {
    const codec: () => Codec<BlocksRequest, Partial<BlocksRequest>>;
    interface BlocksRequestHashesFieldEvent {
        field: '$.hashes[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<BlocksRequest>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlocksRequest>): BlocksRequest;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlocksRequest>): Generator<BlocksRequestHashesFieldEvent>;
}
export interface BlockResponse {
    block: Uint8Array<ArrayBuffer>;
    compact: Uint8Array<ArrayBuffer>;
}
export declare namespace BlockResponse {
    const codec: () => Codec<BlockResponse, Partial<BlockResponse>>;
    interface BlockResponseBlockFieldEvent {
        field: '$.block';
        value: Uint8Array<ArrayBuffer>;
    }
    interface BlockResponseCompactFieldEvent {
        field: '$.compact';
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<BlockResponse>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockResponse>): BlockResponse;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockResponse>): Generator<BlockResponseBlockFieldEvent | BlockResponseCompactFieldEvent>;
}
export interface MembersRequest {
    syn?: MembersSyn;
    ack2?: MembersDelta;
}
export declare namespace MembersRequest {
    const codec: () => Codec<MembersRequest, Partial<MembersRequest>>;
    interface MembersRequestSynDigestFieldEvent {
        field: '$.syn.digest';
        value: Uint8Array<ArrayBuffer>;
    }
    interface MembersRequestSynRecentFieldEvent {
        field: '$.syn.recent';
        value: number;
    }
    interface MembersRequestSynCompleteFieldEvent {
        field: '$.syn.complete';
        value: boolean;
    }
    interface MembersRequestAck2HeartbeatsFieldEvent {
        field: '$.ack2.heartbeats';
        value: Uint8Array<ArrayBuffer>;
    }
    interface MembersRequestAck2ProfilesFieldEvent {
        field: '$.ack2.profiles[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<MembersRequest>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersRequest>): MembersRequest;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersRequest>): Generator<MembersRequestSynDigestFieldEvent | MembersRequestSynRecentFieldEvent | MembersRequestSynCompleteFieldEvent | MembersRequestAck2HeartbeatsFieldEvent | MembersRequestAck2ProfilesFieldEvent>;
}
export interface MembersSyn {
    digest: Uint8Array<ArrayBuffer>;
    recent: number;
    complete: boolean;
}
export declare namespace MembersSyn {
    const codec: () => Codec<MembersSyn, Partial<MembersSyn>>;
    interface MembersSynDigestFieldEvent {
        field: '$.digest';
        value: Uint8Array<ArrayBuffer>;
    }
    interface MembersSynRecentFieldEvent {
        field: '$.recent';
        value: number;
    }
    interface MembersSynCompleteFieldEvent {
        field: '$.complete';
        value: boolean;
    }
    function encode(obj: Partial<MembersSyn>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersSyn>): MembersSyn;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersSyn>): Generator<MembersSynDigestFieldEvent | MembersSynRecentFieldEvent | MembersSynCompleteFieldEvent>;
}
export interface MembersDelta {
    heartbeats: Uint8Array<ArrayBuffer>;
    profiles: Uint8Array<ArrayBuffer>[];
}
export declare namespace MembersDelta {
    const codec: () => Codec<MembersDelta, Partial<MembersDelta>>;
    interface MembersDeltaHeartbeatsFieldEvent {
        field: '$.heartbeats';
        value: Uint8Array<ArrayBuffer>;
    }
    interface MembersDeltaProfilesFieldEvent {
        field: '$.profiles[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<MembersDelta>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersDelta>): MembersDelta;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersDelta>): Generator<MembersDeltaHeartbeatsFieldEvent | MembersDeltaProfilesFieldEvent>;
}
export interface MembersAck {
    wanted: Uint8Array<ArrayBuffer>;
    delta?: MembersDelta;
}
export declare namespace MembersAck {
    const codec: () => Codec<MembersAck, Partial<MembersAck>>;
    interface MembersAckWantedFieldEvent {
        field: '$.wanted';
        value: Uint8Array<ArrayBuffer>;
    }
    interface MembersAckDeltaHeartbeatsFieldEvent {
        field: '$.delta.heartbeats';
        value: Uint8Array<ArrayBuffer>;
    }
    interface MembersAckDeltaProfilesFieldEvent {
        field: '$.delta.profiles[]';
        index: number;
        value: Uint8Array<ArrayBuffer>;
    }
    function encode(obj: Partial<MembersAck>): Uint8Array<ArrayBuffer>;
    function decode(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersAck>): MembersAck;
    function stream(buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MembersAck>): Generator<MembersAckWantedFieldEvent | MembersAckDeltaHeartbeatsFieldEvent | MembersAckDeltaProfilesFieldEvent>;
}
