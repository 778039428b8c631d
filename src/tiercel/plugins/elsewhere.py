"""Types that flows of other servers name and that Tiercel does not have: what to use instead."""

from __future__ import annotations

from collections.abc import Mapping

_PYTHON = "`io.kestra.plugin.scripts.python.Script`"
_NO_JVM = "its text runs inside the JVM of the server, and there is none here; "
_DATABASES = (
    "actianvector",
    "access",
    "arrowflight",
    "as400",
    "clickhouse",
    "db2",
    "dremio",
    "druid",
    "hana",
    "oracle",
    "pinot",
    "snowflake",
    "sqlserver",
    "sybase",
    "trino",
    "vectorwise",
    "vertica",
)
_GOOGLE = {
    "storage": (
        *("gcs.downloads", "gcs.deletelist", "gcs.compose", "gcs.trigger"),
        "gcs.createbucketiampolicy",
    ),
    "bigquery": (
        *("bigquery.load", "bigquery.createtable", "bigquery.deletetable", "bigquery.copy"),
        *("bigquery.tablemetadata", "bigquery.extracttogcs", "bigquery.storagewrite"),
        *("bigquery.deletepartitions", "bigquery.trigger"),
    ),
    "pubsub": ("pubsub.",),
}

_PROVIDERS = (
    *("azureopenai", "googlevertexai", "amazonbedrock", "dashscope", "githubmodels", "huggingface"),
    *("localai", "watsonxai", "workersai", "zhipuai", "ocigenai", "dockermodel", "onnx"),
)
_ASK = (
    "`io.kestra.plugin.ai.completion.ChatCompletion` with a message that asks for it and"
    " `responseFormat: {type: JSON}`"
)
_OF_LANGUAGE_MODELS = {
    "agent.": "use `io.kestra.plugin.ai.completion.ChatCompletion`, which has tools, or"
    " `io.kestra.plugin.ai.rag.ChatCompletion`, which has tools, documents and a memory",
    "completion.classification": f"use {_ASK}",
    "completion.jsonstructuredextraction": f"use {_ASK}",
    "completion.imagegeneration": f"use {_PYTHON} with the package of the provider in"
    " `dependencies`",
    "tool.": "models may call `io.kestra.plugin.ai.tool.GoogleCustomWebSearch` and"
    " `io.kestra.plugin.ai.tool.TavilyWebSearch` here; let other work be done by a task before the"
    " chat, whose outputs go into the prompt",
    "retriever.": "use `io.kestra.plugin.ai.retriever.EmbeddingStoreRetriever`,"
    " `io.kestra.plugin.ai.retriever.GoogleCustomWebSearch` or"
    " `io.kestra.plugin.ai.retriever.TavilyWebSearch`; rows of a database go into the prompt by a"
    " task before, such as `io.kestra.plugin.jdbc.postgresql.Query`",
    "memory.": "use `io.kestra.plugin.ai.memory.KestraKVStore`",
    "embeddings.": "use `io.kestra.plugin.ai.embeddings.KestraKVStore`",
}

ELSEWHERE: Mapping[str, str] = {
    "scripts.groovy.eval": _NO_JVM
    + "`io.kestra.plugin.scripts.groovy.Script` runs it with the program `groovy`, and reports"
    " what it prints as outputs",
    "scripts.groovy.filetransform": _NO_JVM
    + "`io.kestra.plugin.core.storage.FilterItems` drops rows of a file, and "
    + f"{_PYTHON} changes them (`Kestra.read` reads the file)",
    "scripts.jython.": _NO_JVM
    + f"{_PYTHON} runs it in Python itself; `Kestra.read` reads a row file",
    "scripts.nashorn.": _NO_JVM + "`io.kestra.plugin.scripts.node.Script` runs JavaScript",
    "jdbc.redshift.": "Redshift speaks the protocol of PostgreSQL: use the type of the same name in"
    " `io.kestra.plugin.jdbc.postgresql`, with a `jdbc:postgresql://` address",
    **{
        f"jdbc.{name}.": "Tiercel speaks to PostgreSQL, DuckDB, SQLite, MySQL and MariaDB; use"
        f" {_PYTHON} with the database's package in `dependencies`"
        for name in _DATABASES
    },
    "serdes.markdown.": f"use {_PYTHON} with `dependencies: [markdown]`, or `[markdownify]` for the"
    " other way",
    "aws.": f"use {_PYTHON} with `dependencies: [boto3]`",
    "azure.": f"use {_PYTHON} with `dependencies: [azure-storage-blob]`",
    **{
        f"gcp.{name}": f"use {_PYTHON} with the package `google-cloud-{package}` in `dependencies`"
        for package, names in _GOOGLE.items()
        for name in names
    },
    **{
        f"fs.{name}.": f"use {_PYTHON} with `dependencies: [{package}]`"
        for name, package in (("sftp", "paramiko"), ("ssh", "paramiko"), ("smb", "smbprotocol"))
    },
    **{
        f"fs.{name}.": f"use {_PYTHON}: its module `ftplib` needs no package"
        for name in ("ftp", "ftps")
    },
    **{
        f"ai.provider.{name}": "Tiercel speaks to Google's Gemini, OpenAI, Anthropic, Mistral,"
        " DeepSeek, OpenRouter and Ollama; `io.kestra.plugin.ai.provider.OpenAI` with a `baseUrl`"
        " speaks to every service that is asked as OpenAI is"
        for name in _PROVIDERS
    },
    **{f"ai.{name}": text for name, text in _OF_LANGUAGE_MODELS.items()},
    "dbt.cloud.": "use `io.kestra.plugin.core.http.Request` with the API of dbt Cloud, or"
    " `io.kestra.plugin.dbt.cli.DbtCLI` to run the project here",
    **{
        f"git.{name}": "use `io.kestra.plugin.git.SyncFlows` and `SyncNamespaceFiles` to bring a"
        " repository here, `PushFlows` and `PushNamespaceFiles` for the other way"
        for name in ("namespacesync", "tenantsync")
    },
    "kubernetes.": "use `io.kestra.plugin.scripts.shell.Commands` with `kubectl`, or the runner"
    " `io.kestra.plugin.ee.kubernetes.runner.Kubernetes`, which runs a script as a pod",
}
"""What to use instead, by the first letters of a type: lower case, without ``io.kestra.plugin.``.

Only types that are not there are looked up here.
"""
