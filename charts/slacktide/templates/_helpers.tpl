{{/* The name of everything in the release. Short enough for a suffix. */}}
{{- define "slacktide.name" -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" }}
{{- end }}

{{- define "slacktide.labels" -}}
{{ include "slacktide.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "slacktide.selectorLabels" -}}
app.kubernetes.io/name: slacktide
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The metadata of what the Prometheus operator is to find. */}}
{{- define "slacktide.monitoring" -}}
name: {{ include "slacktide.name" . }}
namespace: {{ .Release.Namespace }}
labels: {{- merge (include "slacktide.labels" . | fromYaml) .Values.monitoring.labels | toYaml | nindent 2 }}
{{- end }}

{{- define "slacktide.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "slacktide.name" .) }}
{{- end }}

{{/* The operator as admission and audit see it. */}}
{{- define "slacktide.user" -}}
{{- printf "system:serviceaccount:%s:%s" .Release.Namespace (include "slacktide.serviceAccount" .) }}
{{- end }}

{{- define "slacktide.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion }}
{{- $image := printf "%s:%s" .Values.image.repository $tag }}
{{- with .Values.image.digest }}{{ $image = printf "%s@%s" $image . }}{{ end }}
{{- $image }}
{{- end }}

{{/* Where tenants' proxies ask what their agents are to run. */}}
{{- define "slacktide.versionServer" -}}
{{- .Values.versionServer.url | default (printf "http://%s-versions.%s.svc.cluster.local:%v" (include "slacktide.name" .) .Release.Namespace .Values.versionServer.port) }}
{{- end }}

{{/* The platform's configuration file, the chart's own settings in it. */}}
{{- define "slacktide.config" -}}
{{- toYaml (merge (deepCopy .Values.config) (dict "versionServer" (include "slacktide.versionServer" .) "volume" (dict "copyImage" (include "slacktide.image" .)))) }}
{{- end }}

{{/* The kinds of cert-manager that are asked for, if any, as they stand in a list. */}}
{{- define "slacktide.certManagerKinds" -}}
{{- $asksIssuers := and .Values.config.metrics (not (include "slacktide.makesKeys" .)) -}}
{{- if $asksIssuers }}certificates, issuers{{ else if .Values.config.certificates }}certificates{{ end }}
{{- end }}

{{/* Not empty where the operator makes the keys of tenants' metrics itself. */}}
{{- define "slacktide.makesKeys" -}}
{{- if eq (dig "metrics" "keysFrom" "" .Values.config) "Slacktide" }}yes{{ end }}
{{- end }}

{{/* Puts a policy in force. Takes the root and the policy's name without that of the release. */}}
{{- define "slacktide.binding" -}}
{{- $name := printf "%s-%s" (include "slacktide.name" .root) .policy -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name }}
  labels: {{- include "slacktide.labels" .root | nindent 4 }}
spec:
  policyName: {{ $name }}
  validationActions: [Deny]
{{- end }}

{{/* CEL: an update leaves the labels that tell whose the object is. Adding one where there is none is nobody's loss. */}}
{{- define "slacktide.keepsLabels" -}}
request.operation != 'UPDATE' || ['slacktide.dev/tenant', 'slacktide.dev/tenant-uid'].all(key,
  !oldObject.metadata.?labels[key].hasValue() || object.metadata.?labels[key].orValue('') == oldObject.metadata.?labels[key].orValue(''))
{{- end }}

{{/* The part of a policy that asks whether the operator's pod is the recorded leader. The operator knows the words "not the recorded leader". */}}
{{- define "slacktide.leads" -}}
{{- $installation := printf "%s/%s" .Release.Namespace (include "slacktide.name" .) -}}
paramKind:
  apiVersion: slacktide.dev/v1alpha1
  kind: Leadership
matchConditions:
  - name: operator
    expression: request.userInfo.username == {{ include "slacktide.user" . | squote }}
variables:
  # A token that is bound to no pod has none, and is refused: nobody could tell whose it is.
  - name: pod
    expression: request.userInfo.?extra['authentication.kubernetes.io/pod-name'].orValue([]).join(',')
validations:
  - expression: params.spec.namespace + '/' + params.spec.lease == {{ $installation | squote }} && params.spec.holder == variables.pod
    reason: Forbidden
    messageExpression: >-
      'pod "' + variables.pod + '" of {{ $installation }} is not the recorded leader, which is pod "' +
      params.spec.holder + '" of ' + params.spec.namespace + '/' + params.spec.lease
{{- end }}

{{/* As slacktide.binding, with the record of who leads. */}}
{{- define "slacktide.leadsBinding" -}}
{{ include "slacktide.binding" . }}
  paramRef:
    name: slacktide
    parameterNotFoundAction: Allow
{{- end }}
