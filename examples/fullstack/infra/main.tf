# What the application needs around it. It asks for no provider, so that it can be tried out anywhere: replace the
# resources with those of your host.
terraform {
  required_version = ">= 1.9"
}

variable "environment" {
  description = "Where it is provisioned: staging or production."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment is staging or production."
  }
}

locals {
  replicas = var.environment == "production" ? 2 : 1
}

resource "terraform_data" "backend" {
  input = {
    name     = "lighthouse-${var.environment}"
    replicas = local.replicas
  }
}

output "backend" {
  description = "What was provisioned."
  value       = terraform_data.backend.output
}
