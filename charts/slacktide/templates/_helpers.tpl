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
