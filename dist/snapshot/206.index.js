export const id = 206;
export const ids = [206];
export const modules = {

/***/ 4206:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  openAzure: () => (/* binding */ openAzure)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: ./node_modules/@azure/storage-blob/dist/esm/index.js + 277 modules
var esm = __webpack_require__(3051);
// EXTERNAL MODULE: ./build/src/errors.js
var errors = __webpack_require__(7406);
// EXTERNAL MODULE: ./build/src/input.js + 1 modules
var input = __webpack_require__(9581);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/azure-client.js
/** The connection to Azure's blobs: who asks, and where. A proxy is read from the environment by the client itself. */



/** Its own retry repeats neither what timed out nor a bad gateway: ours does (azure-retry.ts). */
const OPTIONS = { retryOptions: { maxTries: 1 } };
const HINT = 'Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, as "env:" of the step, from secrets.';
/** @throws ActionError when credentials are missing or cannot be ones; it never quotes them */
function connect(env, mask) {
    const connection = pick(env, 'AZURE_STORAGE_CONNECTION_STRING');
    const account = pick(env, 'AZURE_STORAGE_ACCOUNT');
    const key = pick(env, 'AZURE_STORAGE_KEY');
    const token = pick(env, 'AZURE_STORAGE_SAS_TOKEN')?.replace(/^\?/, '');
    for (const secret of [...secretsOf(connection), key, token, signatureOf(token)]) {
        if (secret !== undefined)
            (0,input/* maskAll */.g)(secret, mask);
    }
    if (connection !== undefined)
        return fromConnectionString(connection);
    if (account === undefined)
        throw refused('AZURE_STORAGE_ACCOUNT is not set');
    if (!/^[a-z0-9]{3,24}$/.test(account)) {
        throw refused(`AZURE_STORAGE_ACCOUNT is ${JSON.stringify(account)}, which can be no account`);
    }
    const address = `https://${account}.blob.core.windows.net`;
    if (key !== undefined)
        return new esm/* BlobServiceClient */.wS(address, new esm/* StorageSharedKeyCredential */.Z3(account, key), OPTIONS);
    if (token !== undefined)
        return new esm/* BlobServiceClient */.wS(`${address}?${token}`, new esm/* AnonymousCredential */.tv(), OPTIONS);
    throw refused('neither AZURE_STORAGE_KEY nor AZURE_STORAGE_SAS_TOKEN is set');
}
function fromConnectionString(connection) {
    try {
        return esm/* BlobServiceClient */.wS.fromConnectionString(connection, OPTIONS);
    }
    catch {
        throw refused('AZURE_STORAGE_CONNECTION_STRING is no connection string'); // no cause: it may quote the string
    }
}
function secretsOf(connection) {
    const partOf = (name) => new RegExp(`(?:^|;)${name}=([^;]+)`, 'i').exec(connection ?? '')?.[1];
    const token = partOf('SharedAccessSignature');
    return [partOf('AccountKey'), token, signatureOf(token)];
}
function signatureOf(token) {
    return new URLSearchParams(token).get('sig') ?? undefined;
}
function refused(why) {
    return new errors/* ActionError */.lZ(`The store needs credentials for Azure, and ${why}.`, { hint: HINT });
}
function pick(env, name) {
    return env[name]?.trim() || undefined;
}

// EXTERNAL MODULE: ./build/actions/snapshot/store/fields.js
var fields = __webpack_require__(3882);
// EXTERNAL MODULE: ./build/actions/snapshot/store/words.js
var words = __webpack_require__(9646);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/azure-explain.js
/** What Azure's refusals mean. https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */



const CREDENTIALS = 'Check AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN';
const notAllowed = ({ container }, right) => [
    'the credentials do not allow that',
    `Make a SAS token for the container ${container} that allows reading, creating, writing, deleting and listing; here it was ${right}.`,
];
const REMEDIES = {
    AuthenticationFailed: ({ account }) => [
        `the key is not one of the account ${account}, or the SAS token is wrong or has expired`,
        `${CREDENTIALS}, and the clock of this machine.`,
    ],
    InvalidAuthenticationInfo: () => ['the credentials have no valid form', `${CREDENTIALS}.`],
    NoAuthenticationInformation: () => ['the request had no valid credentials', `${CREDENTIALS}.`],
    KeyBasedAuthenticationNotPermitted: ({ account }) => [
        `the account ${account} takes no keys`,
        'Use a user delegation SAS token in AZURE_STORAGE_SAS_TOKEN, or allow key access for the account.',
    ],
    AuthorizationFailure: ({ account }) => [
        `the account ${account} lets nobody in from here, or not with these credentials`,
        "Check the account's firewall (networking) for the runner's address, and the permissions of the SAS token.",
    ],
    AuthorizationSourceIPMismatch: () => [
        'the SAS token is not for the address of this runner',
        'Make one without a range of addresses, or with that of the runner.',
    ],
    AuthorizationPermissionMismatch: notAllowed,
    AuthorizationResourceTypeMismatch: notAllowed,
    AuthorizationServiceMismatch: notAllowed,
    InsufficientAccountPermissions: notAllowed,
    AccountIsDisabled: ({ account }) => [`the account ${account} is disabled`, 'Enable it, or pay what is due for it.'],
    ContainerNotFound: ({ account, container }) => [
        `the account ${account} has no container ${container}`,
        'Create it, or correct the input store.',
    ],
    ContainerDisabled: ({ container }) => [`the container ${container} is disabled`, 'Ask the owner of the account.'],
    ContainerBeingDeleted: ({ container }) => [
        `the container ${container} is being deleted`,
        'Create it again in a few minutes, or correct the input store.',
    ],
    BlobImmutableDueToPolicy: () => [
        'a policy of the container keeps it',
        'Shorten the policy, or keep snapshots longer than it does.',
    ],
    BlobImmutableDueToLegalHold: () => ['a legal hold of the container keeps it', 'Ask whoever has put it there.'],
    ENOTFOUND: ({ account }) => [
        `no name server knows the account ${account}`,
        'Check its name. Accounts outside of the public cloud need AZURE_STORAGE_CONNECTION_STRING.',
    ],
    ECONNREFUSED: ({ account }) => [
        `nothing listens at the address of the account ${account}`,
        'Check the address in AZURE_STORAGE_CONNECTION_STRING.',
    ],
};
const other = () => ['', ''];
const outage = () => ['', 'Run the step again; if that stays, check whether Azure has an outage.'];
/**
 * @param what as `production-1.json could not be written to azure://backups/site/production`
 * @param right the permission that it needs, as `creating`
 */
function explain(error, what, right, place) {
    if (error instanceof errors/* ActionError */.lZ)
        return error;
    const { code, status } = failureOf(error);
    const known = REMEDIES[code] ?? (status === 403 ? notAllowed : isTransient(error) ? outage : other);
    const [why, hint] = known(place, right);
    return new errors/* ActionError */.lZ(`${what}: ${why || (0,words/* wordsOf */.Z9)(error)} (${[status, code].filter(Boolean).join(' ')}).`, {
        hint,
        cause: (0,words/* plainCause */.UA)(error, code),
    });
}
function failureOf(error) {
    const { code, statusCode, name, details } = (0,fields/* fieldsOf */.P)(error);
    return {
        code: (0,words/* codeIn */.ry)([(0,fields/* fieldsOf */.P)(details)['errorCode'], code, name]),
        status: typeof statusCode === 'number' ? statusCode : undefined,
    };
}
/** No answer, or a server in trouble. A name that is not known or a port that is closed will be the same in a minute. */
function isTransient(error) {
    if (error instanceof errors/* ActionError */.lZ)
        return false;
    const { status } = failureOf(error);
    return status === undefined || status === 408 || status === 429 || status >= 500;
}
function isMissing(error) {
    const { code, status } = failureOf(error);
    return status === 404 && !code.startsWith('Container');
}

// EXTERNAL MODULE: ./build/src/retry.js
var retry = __webpack_require__(2975);
// EXTERNAL MODULE: ./build/actions/snapshot/store/deadlines.js
var deadlines = __webpack_require__(1394);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/azure-retry.js
/** Asking Azure again after what passes by itself. */



const ATTEMPTS = 5;
const FIRST_PAUSE = 500;
/**
 * @param ask its signal is aborted once the time for `bytes` is over, until it has settled
 * @throws the last failure, or the reason of `signal`
 */
function retrying(signal, bytes, ask, attempts = ATTEMPTS) {
    return (0,retry/* retry */.L)(() => within(signal, (0,deadlines/* uploadTimeout */.t)(bytes), ask), {
        signal,
        attempts,
        transientOf: (error) => (isTransient(error) ? error : undefined),
        waitFor: (_, attempt) => FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + Math.random() / 2),
    });
}
/** Not AbortSignal.timeout: an answer whose body is still read must not end with the time for its beginning. */
async function within(signal, time, ask) {
    const deadline = new AbortController();
    const late = Object.assign(new Error(`no answer within ${Math.round(time / 1000)} s`), { code: 'ETIMEDOUT' });
    const timer = setTimeout(() => deadline.abort(late), time);
    try {
        return await ask(AbortSignal.any([signal, deadline.signal]));
    }
    catch (error) {
        throw deadline.signal.aborted ? late : error;
    }
    finally {
        clearTimeout(timer);
    }
}

// EXTERNAL MODULE: ./build/actions/snapshot/store/object-parts.js
var object_parts = __webpack_require__(1839);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/azure-upload.js




/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const MOST_BLOCKS = 50_000;
/** Whoever wrote a blob, by a number of that one call: it tells a lost answer from a rival. A name as C# has them. */
const WRITER = 'slipwaywriter';
const CONDITIONS = { ifNoneMatch: '*' };
const TAKEN = ['BlobAlreadyExists', 'ConditionNotMet'];
/**
 * @param writer a number of this call alone, without `-`
 * @returns false when there is a blob of that name
 */
async function putOnce(blob, content, writer, signal) {
    try {
        const whole = content instanceof Uint8Array || content.size <= object_parts/* SMALLEST_PART */.Yb;
        if (whole)
            await putWhole(blob, content instanceof Uint8Array ? content : await (0,object_parts/* readWhole */.oD)(content), writer, signal);
        else
            await putBlocks(blob, content, writer, signal);
        return true;
    }
    catch (error) {
        signal.throwIfAborted();
        if (error instanceof errors/* ActionError */.lZ)
            throw error;
        // An answer that was lost on its way, or a repetition that found the work of the first one, is no failure.
        const found = await writerOf(blob, signal);
        if (found === writer)
            return true;
        // A rival who commits throws away all blocks of others.
        if (TAKEN.includes(failureOf(error).code) || (found !== undefined && failureOf(error).status === 400))
            return false;
        throw error;
    }
}
async function putWhole(blob, bytes, writer, signal) {
    const options = { conditions: CONDITIONS, metadata: { [WRITER]: writer } };
    await retrying(signal, bytes.length, (abortSignal) => blob.upload(bytes, bytes.length, { ...options, abortSignal }));
}
/** Azure itself drops blocks that nobody commits within a week, so that a crash leaves nothing to clean up. */
async function putBlocks(blob, local, writer, signal) {
    const ids = await (0,object_parts/* sendParts */.ht)(local, (0,object_parts/* planParts */.mM)(local.size, MOST_BLOCKS), async (number, bytes) => {
        const id = Buffer.from(`${writer}-${String(number).padStart(5, '0')}`).toString('base64');
        await retrying(signal, bytes.length, (abortSignal) => blob.stageBlock(id, bytes, bytes.length, { abortSignal }));
        return id;
    });
    const options = { conditions: CONDITIONS, metadata: { [WRITER]: writer } };
    await retrying(signal, 0, (abortSignal) => blob.commitBlockList([...ids], { ...options, abortSignal }));
}
/** undefined where there is no blob, or none can be seen: the caller has a better error to tell. */
async function writerOf(blob, signal) {
    try {
        const { metadata } = await retrying(signal, 0, (abortSignal) => blob.getProperties({ abortSignal }), 2);
        return metadata?.[WRITER] ?? '';
    }
    catch {
        signal.throwIfAborted();
        return undefined;
    }
}

// EXTERNAL MODULE: ./build/actions/snapshot/store/resume.js
var resume = __webpack_require__(9396);
// EXTERNAL MODULE: ./build/actions/snapshot/store/shell.js
var shell = __webpack_require__(4241);
// EXTERNAL MODULE: ./build/actions/snapshot/store/store.js
var store = __webpack_require__(2838);
;// CONCATENATED MODULE: ./build/actions/snapshot/store/azure.js
/** A container of Azure's blobs. */










/** @throws ActionError when credentials are missing or cannot be ones */
function openAzure(spec, options) {
    const container = connect(options.env, options.mask).getContainerClient(spec.container);
    return new AzureObjects(container, spec, options);
}
class AzureObjects {
    place;
    spool = undefined;
    #container;
    /** Ends with `/`. */
    #prefix;
    #options;
    constructor(container, spec, options) {
        this.#prefix = `${spec.prefix === '' ? '' : `${spec.prefix}/`}${options.series}/`;
        this.place = `azure://${spec.container}/${this.#prefix.slice(0, -1)}`;
        this.#container = container;
        this.#options = options;
    }
    /** Whether a container is open to all can only be asked with more rights than a snapshot needs, and not with a SAS. */
    isPublic() {
        return Promise.resolve(false);
    }
    list() {
        return this.#attempt(`${this.place} could not be listed`, 'listing', async () => {
            const objects = [];
            let token;
            do {
                const page = await this.#ask((abortSignal) => this.#page(token, abortSignal));
                for (const { name, properties } of page.segment.blobItems) {
                    const { contentLength: size = 0, lastModified } = properties;
                    objects.push({ name: name.slice(this.#prefix.length), size, writtenAt: lastModified.getTime() });
                }
                token = page.continuationToken || undefined;
            } while (token !== undefined);
            return objects;
        });
    }
    /** Azure shows no blocks that are not committed, and drops them within a week. */
    unfinished() {
        return Promise.resolve([]);
    }
    async put(name, content) {
        const blob = this.#blob(name).getBlockBlobClient();
        const writer = (0,external_node_crypto_.randomUUID)().replaceAll('-', '');
        const put = await this.#attempt(`${name} could not be written to ${this.place}`, 'creating', async () => {
            if ((await this.#look(name)) !== undefined)
                return false; // before gigabytes are sent for nothing
            return putOnce(blob, content, writer, this.#options.signal);
        });
        if (!put)
            throw new store/* TakenError */.G(`There is a ${name} in ${this.place} already.`);
    }
    async get(name) {
        const what = `${name} could not be read from ${this.place}`;
        const { stream, size, etag } = await this.#attempt(what, 'reading', () => this.#read(name, 0, undefined));
        const { signal, log } = this.#options;
        return (0,resume/* resumable */.P)(stream, {
            signal,
            size,
            reopen: async (offset) => ({ stream: (await this.#read(name, offset, etag)).stream, start: offset }),
            onResume: (error) => log.info(`Reading ${name} goes on after a failure: ${(0,words/* wordsOf */.Z9)(error)}.`),
            isTransient: isTransient,
            explain: (error) => this.#explain(error, what, 'reading'),
        });
    }
    async fetchByHand(name) {
        const { containerName } = this.#container;
        // With a connection string the person has that.
        const account = this.#options.env['AZURE_STORAGE_ACCOUNT']?.trim();
        const words = [
            'az storage blob download',
            ...(account ? [`--account-name ${(0,shell/* quote */.h)(account)}`] : []),
            `--container-name ${(0,shell/* quote */.h)(containerName)}`,
            `--name ${(0,shell/* quote */.h)(`${this.#prefix}${name}`)}`,
            `--file ${(0,shell/* quote */.h)(name)}`,
        ];
        return [words.join(' ')];
    }
    stat(name) {
        return this.#attempt(`${name} could not be looked up in ${this.place}`, 'reading', () => this.#look(name));
    }
    async delete(name) {
        await this.#attempt(`${name} could not be removed from ${this.place}`, 'deleting', () => this.#ask((abortSignal) => this.#blob(name).delete({ deleteSnapshots: 'include', abortSignal })).catch(unlessMissing));
    }
    async #look(name) {
        const ask = this.#ask((abortSignal) => this.#blob(name).getProperties({ abortSignal }));
        const found = await ask.catch(unlessMissing);
        if (found === undefined)
            return undefined;
        return { name, size: found.contentLength ?? 0, writtenAt: found.lastModified?.getTime() ?? 0 };
    }
    async #page(continuationToken, abortSignal) {
        const pages = this.#container.listBlobsByHierarchy('/', { prefix: this.#prefix, abortSignal });
        const { value } = await pages.byPage(continuationToken === undefined ? {} : { continuationToken }).next();
        if (value === undefined)
            throw new Error('The client of Azure gave no page.');
        return value;
    }
    async #read(name, offset, etag) {
        const options = { maxRetryRequests: 0, ...(etag !== undefined && { conditions: { ifMatch: etag } }) };
        const download = (abortSignal) => this.#blob(name).download(offset, undefined, { ...options, abortSignal });
        const found = await this.#ask(download).catch(unlessMissing);
        if (found === undefined)
            throw new store/* MissingError */.R(`There is no ${name} in ${this.place}.`);
        const { readableStreamBody, contentLength = 0 } = found;
        if (!(readableStreamBody instanceof external_node_stream_.Readable))
            throw new Error('The client of Azure gave no stream.');
        return { stream: readableStreamBody, size: offset + contentLength, etag: found.etag };
    }
    #ask(ask) {
        return retrying(this.#options.signal, 0, ask);
    }
    async #attempt(what, right, work) {
        this.#options.signal.throwIfAborted();
        try {
            return await work();
        }
        catch (error) {
            this.#options.signal.throwIfAborted();
            throw this.#explain(error, what, right);
        }
    }
    #explain(error, what, right) {
        const { accountName: account, containerName: container } = this.#container;
        return explain(error, what, right, { account, container });
    }
    #blob(name) {
        return this.#container.getBlobClient(`${this.#prefix}${name}`);
    }
}
function unlessMissing(error) {
    if (!isMissing(error))
        throw error;
}


/***/ }),

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
