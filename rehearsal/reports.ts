/** What the doubles hold when a run is over, in the words of the report. */
import type { Cloudflare } from './cloudflare/server.ts'
import type { GitHub } from './github/server.ts'
import type { ArtifactReport, DeploymentReport, PagesDeploymentReport } from './options.ts'

export function deploymentReports(github: GitHub): readonly DeploymentReport[] {
  return github.deployments.map((deployment) => ({
    id: deployment.id,
    environment: deployment.environment,
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    description: deployment.description,
    payload: deployment.payload,
    transient: deployment.transient_environment,
    production: deployment.production_environment,
    statuses: deployment.statuses.map((status) => ({
      state: status.state,
      description: status.description,
      environmentUrl: status.environment_url,
      logUrl: status.log_url,
      createdAt: status.created_at,
    })),
  }))
}

export function artifactReports(github: GitHub): readonly ArtifactReport[] {
  return github.artifacts.map((artifact) => ({
    id: artifact.id,
    name: artifact.name,
    runId: artifact.workflow_run?.id ?? null,
    size: artifact.size_in_bytes,
    digest: artifact.digest,
    createdAt: artifact.created_at,
    expiresAt: artifact.expires_at,
  }))
}

/** Oldest first. */
export function pagesReports(cloudflare: Cloudflare): readonly PagesDeploymentReport[] {
  return cloudflare.projects.flatMap((project) =>
    project.deployments.toReversed().map((deployment) => ({
      project: project.name,
      id: deployment.id,
      environment: deployment.environment,
      branch: deployment.deployment_trigger.metadata.branch,
      commit: deployment.deployment_trigger.metadata.commit_hash,
      stage: `${deployment.latest_stage.name}: ${deployment.latest_stage.status}`,
      url: deployment.url,
      aliases: project.aliasesOf(deployment) ?? [],
      canonical: project.canonical_deployment === deployment,
    })),
  )
}
