import * as z from 'zod/mini';
import type { Endpoints } from './endpoint.ts';
import {
  licenseId,
  licenseQuery,
  NO_TERM_TO_RENEW,
  namesTerm,
  orderReason,
  reason,
  renewal,
  replacement,
  serial,
  sortedPage,
} from './inputs.ts';
import { evidence } from './shapes/evidence.ts';
import { done, pageOf } from './shapes/forms.ts';
import { licenseHistory } from './shapes/history.ts';
import {
  license,
  pendingOnContainer,
  renewed,
  replaced,
  replacementPending,
  withdrawalPending,
} from './shapes/license.ts';

const licenseParams = z.strictObject({ license: licenseId });

const assignmentParams = z.strictObject({ serial, license: licenseId });

const ON_A_LICENSE = ['not-found', 'license-final', 'reprogramming-in-flight', 'dependency-violation'] as const;

const ON_A_CONTAINER = ['container-retired', 'too-many-outstanding'] as const;

/** Licenses, and the vendor actions on one license. */
export const LICENSES = {
  listLicenses: {
    method: 'GET',
    path: '/licenses',
    function: 'vendor',
    scope: 'licenses:read',
    request: {
      query: z.strictObject({
        ...sortedPage,
        ...licenseQuery,
      }),
    },
    answers: { 200: pageOf(license) },
    problems: [],
  },
  getLicense: {
    method: 'GET',
    path: '/licenses/{license}',
    function: 'vendor',
    scope: 'licenses:read',
    request: { params: licenseParams },
    answers: { 200: license },
    problems: ['not-found'],
  },
  getLicenseHistory: {
    method: 'GET',
    path: '/licenses/{license}/history',
    function: 'vendor',
    scope: 'licenses:read',
    request: { params: licenseParams, query: z.strictObject(sortedPage) },
    answers: { 200: licenseHistory },
    problems: ['not-found'],
  },
  getLicenseEvidence: {
    method: 'GET',
    path: '/licenses/{license}/evidence',
    function: 'vendor',
    scope: 'licenses:read',
    request: { params: licenseParams },
    answers: { 200: evidence },
    problems: ['not-found', 'payload-too-large'],
  },
  withdrawLicense: {
    method: 'POST',
    path: '/licenses/{license}/withdrawal',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: licenseParams, body: orderReason },
    answers: { 200: done('withdrawn'), 202: withdrawalPending },
    problems: [...ON_A_LICENSE, ...ON_A_CONTAINER],
  },
  cancelWithdrawal: {
    method: 'DELETE',
    path: '/licenses/{license}/withdrawal',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: licenseParams },
    answers: { 200: done('cancelled') },
    problems: ON_A_LICENSE,
  },
  replaceLicense: {
    method: 'POST',
    path: '/licenses/{license}/replacement',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: licenseParams, body: z.strictObject(replacement) },
    answers: { 200: replaced, 202: replacementPending },
    problems: [...ON_A_LICENSE, ...ON_A_CONTAINER],
  },
  cancelReplacement: {
    method: 'DELETE',
    path: '/licenses/{license}/replacement',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: licenseParams },
    answers: { 200: done('cancelled') },
    problems: ON_A_LICENSE,
  },
  renewLicense: {
    method: 'POST',
    path: '/licenses/{license}/renewal',
    function: 'vendor',
    scope: 'licenses:write',
    request: {
      params: licenseParams,
      body: z.strictObject({ ...renewal, reason: z.optional(reason) }).check(z.refine(namesTerm, NO_TERM_TO_RENEW)),
    },
    answers: { 200: renewed, 202: pendingOnContainer },
    problems: [...ON_A_LICENSE, ...ON_A_CONTAINER],
  },
  cancelRenewal: {
    method: 'DELETE',
    path: '/licenses/{license}/renewal',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: licenseParams },
    answers: { 200: done('cancelled') },
    problems: ON_A_LICENSE,
  },
  assignLicense: {
    method: 'PUT',
    path: '/containers/{serial}/assignments/{license}',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: assignmentParams, body: orderReason },
    answers: { 202: pendingOnContainer },
    problems: [...ON_A_LICENSE, ...ON_A_CONTAINER, 'manual-conflict'],
  },
  cancelAssignment: {
    method: 'DELETE',
    path: '/containers/{serial}/assignments/{license}',
    function: 'vendor',
    scope: 'licenses:write',
    request: { params: assignmentParams },
    answers: { 200: done('cancelled') },
    problems: ON_A_LICENSE,
  },
} as const satisfies Endpoints;
