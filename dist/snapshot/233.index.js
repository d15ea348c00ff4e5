export const id = 233;
export const ids = [233];
export const modules = {

/***/ 3882:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ fieldsOf)
/* harmony export */ });
/** Reading errors of clients that have no types for them. */
/** None where it is no object. */
function fieldsOf(value) {
    return isFields(value) ? value : {};
}
function isFields(value) {
    return typeof value === 'object' && value !== null;
}


/***/ }),

/***/ 7233:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  openS3: () => (/* binding */ openS3)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: ./node_modules/@aws-sdk/client-s3/dist-cjs/index.js
var dist_cjs = __webpack_require__(3711);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/retry.js
var retry = __webpack_require__(2975);
// EXTERNAL MODULE: ./build/actions/snapshot/store/resume.js
var resume = __webpack_require__(9396);
// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(4708);
// EXTERNAL MODULE: ./build/src/input.js + 1 modules
var input = __webpack_require__(9581);
// EXTERNAL MODULE: ./build/actions/snapshot/store/deadlines.js
var deadlines = __webpack_require__(1394);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/s3-client.js
/** The connection to S3: who asks, where, and within which time. */






/** AWS's own region of those who name none; other services ignore it, or want `auto`, which this one counts as. */
const REGION = 'us-east-1';
const CONNECT = 10_000;
/** ms without a byte in either direction, where a request has no time of its own. */
const IDLE = 600_000;
/** The client's pauses double from 0.1 s on: all of them together are a few seconds. */
const ATTEMPTS = 7;
/**
 * @param given the input `s3-endpoint`
 * @throws ActionError when credentials are missing or an address is none
 */
function connect(env, given, mask) {
    const endpoint = given ?? pick(env, 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL');
    if (endpoint !== undefined)
        requireUrl(endpoint);
    const region = pick(env, 'AWS_REGION', 'AWS_DEFAULT_REGION') ?? REGION;
    const client = new dist_cjs/* S3Client */.YxF({
        region,
        credentials: readCredentials(env, mask),
        ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
        // Newer checksums broke R2 (aws/aws-sdk-js-v3#6810). The archive's digest is read back from the store anyway.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        expectContinueHeader: false,
        retryMode: 'standard',
        maxAttempts: ATTEMPTS,
        requestHandler: {
            // The global agents are those that know the proxy (src/proxy.ts).
            httpAgent: external_node_http_.globalAgent,
            httpsAgent: external_node_https_.globalAgent,
            connectionTimeout: CONNECT,
            requestTimeout: deadlines/* ANSWER_TIMEOUT */.V,
            socketTimeout: IDLE,
            throwOnRequestTimeout: true,
        },
    });
    return { client, region, endpoint };
}
function readCredentials(env, mask) {
    const accessKeyId = pick(env, 'AWS_ACCESS_KEY_ID');
    const secretAccessKey = pick(env, 'AWS_SECRET_ACCESS_KEY');
    const sessionToken = pick(env, 'AWS_SESSION_TOKEN');
    for (const secret of [secretAccessKey, sessionToken])
        if (secret !== undefined)
            (0,input/* maskAll */.g)(secret, mask);
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
        return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
    }
    const missing = [accessKeyId ?? 'AWS_ACCESS_KEY_ID', secretAccessKey ?? 'AWS_SECRET_ACCESS_KEY'];
    const names = missing.filter((name) => name.startsWith('AWS_') && pick(env, name) === undefined);
    throw new errors/* ActionError */.lZ(`The store needs credentials for S3, and ${names.join(' and ')} is not set.`, {
        hint: 'Set it as "env:" of the step, from secrets, or let aws-actions/configure-aws-credentials set it in a step before this one.',
    });
}
function requireUrl(endpoint) {
    const url = URL.parse(endpoint);
    const plain = url !== null && url.username === '' && url.password === '' && url.search === '';
    if (plain && /^https?:$/.test(url.protocol))
        return;
    throw new errors/* ActionError */.lZ('The endpoint of S3 is no plain http:// or https:// address.', {
        hint: 'Give s3-endpoint an address without user, password and parameters, as in https://ACCOUNT.r2.cloudflarestorage.com.',
    });
}
function pick(env, ...names) {
    return names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '');
}

// EXTERNAL MODULE: ./build/actions/snapshot/store/fields.js
var fields = __webpack_require__(3882);
// EXTERNAL MODULE: ./build/actions/snapshot/store/words.js
var words = __webpack_require__(9646);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/s3-explain.js
/** What S3's refusals mean for a person. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */



const CREDENTIALS = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, if there is one) as "env:" of the step';
const wrongRegion = ({ bucket, region }, failure) => [
    failure.region === undefined
        ? `the bucket ${bucket} is not in the region ${region}`
        : `the bucket ${bucket} is in the region ${failure.region}, not in ${region}`,
    `Set AWS_REGION: ${failure.region ?? 'the region of the bucket'} as "env:" of the step; for other services than AWS check s3-endpoint.`,
];
const expired = () => [
    'the session of these credentials has ended',
    'Let aws-actions/configure-aws-credentials run shortly before this step, with a longer role-duration-seconds if need be.',
];
const unknownKey = ({ endpoint }) => [
    `${endpoint ?? 'AWS'} does not know the access key`,
    `${CREDENTIALS}; keys of another service than AWS need s3-endpoint, too.`,
];
const denied = ({ bucket }, _, action) => [
    `the credentials are not allowed to do that`,
    `Allow ${action} on the bucket ${bucket}: the README has the whole policy. A bucket policy or a key of KMS can refuse it as well.`,
];
const REMEDIES = {
    InvalidAccessKeyId: unknownKey,
    XAdminUserNotFound: unknownKey, // versitygw's
    InvalidToken: expired,
    ExpiredToken: expired,
    ExpiredTokenException: expired,
    TokenRefreshRequired: expired,
    SignatureDoesNotMatch: () => [
        'the secret access key is not that of the access key',
        `${CREDENTIALS}, without spaces or line ends around them.`,
    ],
    AccessDenied: denied,
    Forbidden: denied,
    AllAccessDisabled: denied,
    NoSuchBucket: ({ bucket, endpoint }) => [
        `there is no bucket ${bucket}`,
        `Create it, or correct the input store${endpoint === undefined ? '; for another service than AWS set s3-endpoint' : ''}.`,
    ],
    PermanentRedirect: wrongRegion,
    TemporaryRedirect: wrongRegion,
    AuthorizationHeaderMalformed: wrongRegion,
    IllegalLocationConstraintException: wrongRegion,
    RequestTimeTooSkewed: () => ['the clock of this machine is wrong', "Set the runner's clock by a time server."],
    EntityTooLarge: () => ['it is too large for this service', 'Use another store, or a smaller snapshot.'],
    QuotaExceeded: () => ['the quota of the bucket is used up', 'Raise it, or shorten what prune keeps.'],
    XMinioStorageFull: () => ['the disk of the server is full', 'Free space there, or shorten what prune keeps.'],
    ENOTFOUND: ({ endpoint }) => [
        `no name server knows ${endpoint ?? 'its host'}`,
        'Check s3-endpoint and AWS_REGION, and that the runner reaches the network.',
    ],
    ERR_PROXY_TUNNEL: () => [
        'the proxy gave no connection to it',
        'Check that the proxy lets the runner reach this host.',
    ],
    ECONNREFUSED: ({ endpoint }) => [`nothing listens at ${endpoint ?? 'its host'}`, 'Check s3-endpoint and its port.'],
};
/**
 * @param what as `production-1.json could not be written to s3://backups/site/production`
 * @param action what IAM calls the permission, as `s3:PutObject`
 */
function explain(error, what, action, place) {
    if (error instanceof errors/* ActionError */.lZ)
        return error;
    const failure = failureOf(error);
    const remedy = REMEDIES[failure.code] ?? (failure.status === 403 ? denied : failure.status === 301 ? wrongRegion : other);
    const [why, hint] = remedy(place, failure, action);
    const tries = failure.attempts > 1 ? `, after ${failure.attempts} attempts` : '';
    const code = [failure.status, failure.code].filter(Boolean).join(' ');
    const message = why === '' ? (0,words/* wordsOf */.Z9)(error) : why;
    return new errors/* ActionError */.lZ(`${what}: ${message} (${code}${tries}).`, { hint, cause: (0,words/* plainCause */.UA)(error, failure.code) });
}
const other = (_, { status }) => [
    '',
    status === undefined || status >= 500
        ? 'Run the step again; if that stays, check whether the service has an outage.'
        : '',
];
function failureOf(error) {
    const { name, code, Code, $metadata, $response, cause } = (0,fields/* fieldsOf */.P)(error);
    const { httpStatusCode, attempts } = (0,fields/* fieldsOf */.P)($metadata);
    const { 'x-amz-bucket-region': region } = (0,fields/* fieldsOf */.P)((0,fields/* fieldsOf */.P)($response)['headers']);
    return {
        code: (0,words/* codeIn */.ry)([Code, code, (0,fields/* fieldsOf */.P)(cause)['code'], name]),
        status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
        attempts: typeof attempts === 'number' ? attempts : 1,
        region: typeof region === 'string' ? region : undefined,
    };
}
/** By its code, since buckets, users and uploads can be missing, too. A HEAD has no body that could tell them apart. */
function isMissing(error) {
    return ['NoSuchKey', 'NoSuchUpload', 'NotFound'].includes(failureOf(error).code);
}
function unlessMissing(error) {
    if (!isMissing(error))
        throw error;
}
/** A broken connection, or a server in trouble. Without a status there was no answer. */
function isTransient(error) {
    if (error instanceof errors/* ActionError */.lZ)
        return false;
    const { status } = failureOf(error);
    return status === undefined || status === 429 || status >= 500;
}

;// CONCATENATED MODULE: ./build/actions/snapshot/store/s3-unfinished.js
/** Uploads in parts that were never completed: they cost as much as objects, and no listing of objects shows them. */

/** Between the key and the id of an upload that was never completed, as in S3's own addresses. */
const UPLOAD = '?uploadId=';
/** Their names have the id of the upload in them, and no size: S3 would have to be asked for every one. */
async function listUploads(client, bucket, prefix, signal) {
    const objects = [];
    let after = {};
    for (;;) {
        const input = { Bucket: bucket, Prefix: prefix, Delimiter: '/', ...after };
        const page = await client.send(new dist_cjs/* ListMultipartUploadsCommand */.mo2(input), { abortSignal: signal });
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
            if (!Key?.startsWith(prefix))
                continue; // not every server heeds the prefix
            objects.push({
                name: `${Key.slice(prefix.length)}${UPLOAD}${UploadId}`,
                size: 0,
                writtenAt: Initiated?.getTime() ?? 0,
            });
        }
        if (page.IsTruncated !== true || page.NextKeyMarker === undefined)
            return objects;
        after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
}

// EXTERNAL MODULE: ./build/actions/snapshot/store/object-parts.js
var object_parts = __webpack_require__(1839);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/s3-upload.js
/** Writing to S3: what is there is never replaced, and nothing is there before it is whole. */





/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MOST_PARTS = 10_000;
/** Some servers copy all parts together before they answer. */
const COMPLETE = 10 * 60_000;
/** ms for tidying up after a failure, also when the step is cancelled. */
const ABORT = 3000;
/** ms for a look after a failure, which may well be that nothing answers. */
const LOOK = 15_000;
/** Whoever wrote an object, by a number of that one call: it tells a lost answer from a rival. */
const WRITER = 'slipway-writer';
/** @param conditional without it an object that has appeared since the caller looked is replaced */
async function putOnce(target, content, conditional) {
    try {
        const whole = content instanceof Uint8Array || content.size <= object_parts/* SMALLEST_PART */.Yb;
        if (whole)
            await putWhole(target, content instanceof Uint8Array ? content : await (0,object_parts/* readWhole */.oD)(content), conditional);
        else
            await putParts(target, content, conditional);
        return 'done';
    }
    catch (error) {
        target.signal.throwIfAborted();
        // An answer that was lost on its way, or a repetition that found the work of the first one, is no failure.
        if (!(error instanceof errors/* ActionError */.lZ) && (await isOwn(target)))
            return 'done';
        const { status, code } = failureOf(error);
        if (status === 412)
            return 'taken';
        if (status === 409)
            return 'busy'; // a delete or a rival at the same moment
        if (conditional && (status === 501 || code === 'NotImplemented'))
            return 'refused';
        throw error;
    }
}
async function putWhole(target, bytes, conditional) {
    const { client, bucket, key, signal, writer } = target;
    const input = {
        Bucket: bucket,
        Key: key,
        Body: bytes,
        ContentLength: bytes.length,
        Metadata: { [WRITER]: writer },
        ...(conditional && { IfNoneMatch: '*' }),
    };
    await client.send(new dist_cjs/* PutObjectCommand */.wKZ(input), { abortSignal: signal, requestTimeout: (0,deadlines/* uploadTimeout */.t)(bytes.length) });
}
async function putParts(target, local, conditional) {
    const { client, bucket, key, signal, writer } = target;
    const object = { Bucket: bucket, Key: key };
    const create = new dist_cjs/* CreateMultipartUploadCommand */.nG4({ ...object, Metadata: { [WRITER]: writer } });
    const { UploadId } = await client.send(create, { abortSignal: signal });
    try {
        const Parts = await (0,object_parts/* sendParts */.ht)(local, (0,object_parts/* planParts */.mM)(local.size, MOST_PARTS), async (PartNumber, Body) => {
            const input = { ...object, UploadId, PartNumber, Body, ContentLength: Body.length };
            const options = { abortSignal: signal, requestTimeout: (0,deadlines/* uploadTimeout */.t)(Body.length) };
            const { ETag } = await client.send(new dist_cjs/* UploadPartCommand */.iVK(input), options);
            return { ETag, PartNumber };
        });
        const input = {
            ...object,
            UploadId,
            MultipartUpload: { Parts: [...Parts] },
            ...(conditional && { IfNoneMatch: '*' }),
        };
        await client.send(new dist_cjs/* CompleteMultipartUploadCommand */.Gym(input), { abortSignal: signal, requestTimeout: COMPLETE });
    }
    catch (error) {
        await abort(client, { ...object, UploadId });
        throw error;
    }
}
/** What stays is listed as a leftover, so that a failure here may pass. */
async function abort(client, upload) {
    await client
        .send(new dist_cjs/* AbortMultipartUploadCommand */.tfP(upload), { abortSignal: AbortSignal.timeout(ABORT) })
        .catch(() => { });
}
async function isOwn({ client, bucket, key, signal, writer }) {
    try {
        const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(LOOK)]);
        const head = await client.send(new dist_cjs/* HeadObjectCommand */.l81({ Bucket: bucket, Key: key }), { abortSignal });
        return head.Metadata?.[WRITER] === writer;
    }
    catch {
        signal.throwIfAborted();
        return false; // the caller has a better error to tell
    }
}

// EXTERNAL MODULE: ./build/actions/snapshot/store/shell.js
var shell = __webpack_require__(4241);
// EXTERNAL MODULE: ./build/actions/snapshot/store/store.js
var store = __webpack_require__(2838);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/s3.js
/** A bucket of S3, or of a service that speaks like it: R2, MinIO, Ceph, versitygw. */













/** Tries of a write that another one is in the way of, and ms before the second. */
const ROUNDS = 4;
const PAUSE = 250;
/** @throws ActionError when credentials are missing or the endpoint is none */
function openS3(spec, options) {
    return new S3Objects(spec, connect(options.env, options.endpoint, options.mask), options);
}
class S3Objects {
    place;
    spool = undefined;
    #connection;
    #bucket;
    /** Ends with `/`. */
    #prefix;
    #options;
    #conditional = true;
    constructor({ bucket, prefix }, connection, options) {
        this.#prefix = `${prefix === '' ? '' : `${prefix}/`}${options.series}/`;
        this.place = `s3://${bucket}/${this.#prefix.slice(0, -1)}`;
        this.#bucket = bucket;
        this.#connection = connection;
        this.#options = options;
    }
    /** Policies, ACLs, access points and account settings decide who reads; asking all takes rights nobody should need. */
    isPublic() {
        return Promise.resolve(false);
    }
    list() {
        return this.#attempt(`${this.place} could not be listed`, 's3:ListBucket', async () => {
            const objects = [];
            let token;
            do {
                const input = { Bucket: this.#bucket, Prefix: this.#prefix, Delimiter: '/', ContinuationToken: token };
                const page = await this.#client.send(new dist_cjs/* ListObjectsV2Command */.u6x(input), this.#send);
                for (const { Key, Size, LastModified } of page.Contents ?? []) {
                    const name = Key?.slice(this.#prefix.length) ?? '';
                    if (name !== '')
                        objects.push({ name, size: Size ?? 0, writtenAt: LastModified?.getTime() ?? 0 });
                }
                token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
            } while (token !== undefined);
            return objects;
        });
    }
    /** Not worth failing for: a service may not know the request, and the credentials may not be allowed to make it. */
    async unfinished() {
        try {
            return await listUploads(this.#client, this.#bucket, this.#prefix, this.#options.signal);
        }
        catch (error) {
            this.#options.signal.throwIfAborted();
            const { code } = failureOf(error);
            this.#options.log.debug(`Unfinished uploads in ${this.place} could not be listed (${code}).`);
            return [];
        }
    }
    async put(name, content) {
        const target = { ...this.#target(name), writer: (0,external_node_crypto_.randomUUID)() };
        for (let round = 1; round <= ROUNDS; round++) {
            // Before every write, since not every server heeds its condition. With those that do not, a rival that writes
            // between this look and the write is replaced: nothing more can be known there.
            if ((await this.stat(name)) !== undefined)
                break;
            const what = `${name} could not be written to ${this.place}`;
            const put = await this.#attempt(what, 's3:PutObject', () => putOnce(target, content, this.#conditional));
            if (put === 'done')
                return;
            if (put === 'taken')
                break;
            if (put === 'refused')
                this.#conditional = false;
            else
                await (0,retry/* pause */.v)(PAUSE * 2 ** round, this.#options.signal);
        }
        throw new store/* TakenError */.G(`There is a ${name} in ${this.place} already, or another step is writing it.`);
    }
    async get(name) {
        const what = `${name} could not be read from ${this.place}`;
        const { stream, size, etag } = await this.#attempt(what, 's3:GetObject', () => this.#read(name, undefined));
        const { signal, log } = this.#options;
        return (0,resume/* resumable */.P)(stream, {
            signal,
            size,
            reopen: async (offset) => ({ stream: (await this.#read(name, { offset, etag })).stream, start: offset }),
            onResume: (error) => log.info(`Reading ${name} goes on after a failure: ${(0,words/* wordsOf */.Z9)(error)}.`),
            isTransient: isTransient,
            explain: (error) => this.#explain(error, what, 's3:GetObject'),
        });
    }
    async fetchByHand(name) {
        const { endpoint } = this.#connection;
        const { Bucket, Key } = this.#keyOf(name);
        const where = endpoint === undefined ? '' : ` --endpoint-url ${(0,shell/* quote */.h)(endpoint)}`;
        return [`aws s3 cp ${(0,shell/* quote */.h)(`s3://${Bucket}/${Key}`)} .${where}`];
    }
    stat(name) {
        // Without the right to list, S3 answers 403 in place of 404.
        return this.#attempt(`${name} could not be looked up in ${this.place}`, 's3:GetObject and s3:ListBucket', async () => {
            const { Bucket, Key } = this.#keyOf(name);
            const head = await this.#client.send(new dist_cjs/* HeadObjectCommand */.l81({ Bucket, Key }), this.#send).catch(unlessMissing);
            if (head === undefined)
                return undefined;
            return { name, size: head.ContentLength ?? 0, writtenAt: head.LastModified?.getTime() ?? 0 };
        });
    }
    async delete(name) {
        const [key = '', UploadId] = name.split(UPLOAD);
        const object = this.#keyOf(key);
        const what = `${name} could not be removed from ${this.place}`;
        if (UploadId === undefined) {
            await this.#attempt(what, 's3:DeleteObject', () => this.#client.send(new dist_cjs/* DeleteObjectCommand */.k4j(object), this.#send));
        }
        else {
            const abort = new dist_cjs/* AbortMultipartUploadCommand */.tfP({ ...object, UploadId });
            const send = () => this.#client.send(abort, this.#send).catch(unlessMissing);
            await this.#attempt(what, 's3:AbortMultipartUpload', send);
        }
    }
    async #read(name, from) {
        const range = from === undefined ? {} : { Range: `bytes=${from.offset}-`, IfMatch: from.etag };
        const input = { ...this.#keyOf(name), ...range };
        const { Body, ContentLength, ContentRange, ETag } = await this.#client
            .send(new dist_cjs/* GetObjectCommand */.jLs(input), this.#send)
            .catch((error) => {
            if (!isMissing(error))
                throw error;
            throw new store/* MissingError */.R(`There is no ${name} in ${this.place}.`);
        });
        if (!(Body instanceof external_node_stream_.Readable))
            throw new Error('The client of S3 gave no stream.');
        const problem = from === undefined ? undefined : problemOf(from, ContentRange, ETag);
        if (problem !== undefined) {
            Body.destroy();
            throw new errors/* ActionError */.lZ(`${name} could not be read from ${this.place}: ${problem}.`);
        }
        return { stream: Body, size: ContentLength ?? 0, etag: ETag };
    }
    async #attempt(what, action, work) {
        this.#options.signal.throwIfAborted();
        try {
            return await work();
        }
        catch (error) {
            this.#options.signal.throwIfAborted();
            throw this.#explain(error, what, action);
        }
    }
    #explain(error, what, action) {
        const { region, endpoint } = this.#connection;
        return explain(error, what, action, { bucket: this.#bucket, region, endpoint });
    }
    get #client() {
        return this.#connection.client;
    }
    get #send() {
        return { abortSignal: this.#options.signal };
    }
    #target(name) {
        const { Bucket: bucket, Key: key } = this.#keyOf(name);
        return { client: this.#client, bucket, key, signal: this.#options.signal };
    }
    #keyOf(name) {
        return { Bucket: this.#bucket, Key: `${this.#prefix}${name}` };
    }
}
/** Not every server heeds a range and a condition. */
function problemOf(from, range, etag) {
    if (from.etag !== etag)
        return 'it was replaced while it was read';
    return range?.startsWith(`bytes ${from.offset}-`) === true ? undefined : 'its server sends no part of an object';
}


/***/ }),

/***/ 9646:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   UA: () => (/* binding */ plainCause),
/* harmony export */   Z9: () => (/* binding */ wordsOf),
/* harmony export */   ry: () => (/* binding */ codeIn)
/* harmony export */ });
/* harmony import */ var _src_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7406);
/**
 * What a cloud's client says of a failure, for people and for logs. Its errors carry the request, the answer and, where
 * that cannot be read, the answer's body in their words; a server may have put the headers of the request there.
 */

/** Characters; what is longer is a body and no sentence. */
const LONGEST = 300;
/** Signed headers and addresses. A token is masked where it was read; a signature is known to nobody before. */
const SIGNED = /\b(?:AWS4-HMAC-SHA256\s+Credential=|SharedKey(?:Lite)?\s+\w+:|Bearer\s|X-Amz-(?:Signature|Credential|Security-Token)\b|Signature=|sig=).*/i;
/** One line without a full stop. */
function wordsOf(error) {
    const [line = ''] = (0,_src_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error).split(/[\r\n]/);
    const words = line.replace(SIGNED, '…').replace(/\.$/, '');
    return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}
/** In place of the client's own error: a cause that is shown as it is, with all causes behind it, in debug logs. */
function plainCause(error, code) {
    return new Error(`${code}: ${wordsOf(error)}`);
}
/** The first that looks like the name of an error, as services and Node give them: a server may say anything there. */
function codeIn(candidates) {
    const isName = (text) => typeof text === 'string' && /^[\w.:-]{1,80}$/.test(text);
    return candidates.filter(isName).find((text) => text !== 'Error') ?? 'unknown';
}


/***/ })

};
