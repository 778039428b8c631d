{{- define "tiercel.labels" -}}
app.kubernetes.io/name: tiercel
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tiercel.image" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- define "tiercel.env" -}}
- {name: TIERCEL_DATA_DIR, value: /data}
- {name: KESTRA_STORAGE_LOCAL_BASE_PATH, value: /storage}
- {name: MICRONAUT_SERVER_HOST, value: 0.0.0.0}
- {name: KESTRA_SERVER_TERMINATION_GRACE_PERIOD, value: "PT{{ .Values.gracePeriodSeconds }}S"}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "tiercel.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 1000
capabilities: {drop: [ALL]}
{{- end }}

{{- define "tiercel.mounts" -}}
- {name: storage, mountPath: /storage}
- {name: data, mountPath: /data}
- {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "tiercel.volumes" -}}
- name: storage
  persistentVolumeClaim:
    claimName: {{ .Values.storage.existingClaim | default "tiercel-storage" }}
- name: data
  emptyDir: {}
- name: tmp
  emptyDir: {}
{{- end }}
