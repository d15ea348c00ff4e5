/** Projects and deployments as the API writes them. */
import type { Deployment } from './deployment.ts'
import type { Project } from './project.ts'

export function viewDeployment(deployment: Deployment, project: Project) {
  return {
    id: deployment.id,
    short_id: deployment.short_id,
    project_id: deployment.project_id,
    project_name: deployment.project_name,
    environment: deployment.environment,
    url: deployment.url,
    created_on: deployment.created_on,
    modified_on: deployment.modified_on,
    latest_stage: deployment.latest_stage,
    deployment_trigger: deployment.deployment_trigger,
    stages: deployment.stages,
    build_config: { build_command: null, destination_dir: null, build_caching: null, root_dir: null },
    source: null,
    env_vars: {},
    compatibility_flags: [],
    aliases: project.aliasesOf(deployment),
    is_skipped: deployment.is_skipped,
    production_branch: deployment.production_branch,
    uses_functions: deployment.uses_functions,
  }
}

export function viewProject(project: Project) {
  const view = (deployment: Deployment | null) => deployment && viewDeployment(deployment, project)
  return {
    id: project.id,
    name: project.name,
    subdomain: project.subdomain,
    domains: project.domains,
    source: null,
    build_config: { build_command: null, destination_dir: null, build_caching: null, root_dir: null },
    deployment_configs: {
      preview: project.configurations.preview.view(),
      production: project.configurations.production.view(),
    },
    latest_deployment: view(project.latest_deployment),
    canonical_deployment: view(project.canonical_deployment),
    created_on: project.created_on,
    production_branch: project.production_branch,
  }
}
