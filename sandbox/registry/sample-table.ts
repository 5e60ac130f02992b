// The sample models as one table, one line each; sample-registry.ts makes complete models of the lines.
//
// Columns: name | whose | origin | domain | task | type | parameters in millions | versions |
// metrics | labels | description. `whose` is own, own+pai, pai or huggingface; `versions` is their number
// or their names; `-` leaves a field out, and an empty column is an empty text.
const TABLE = `
qwen2-7b-instruct|pai|ModelScope|nlp|large-language-model|Checkpoint|7616|0.1.0,0.2.0,0.2.1|results|license:apache-2.0;语言:多语言|Qwen2 7B, tuned to follow instructions
qwen2-0.5b-instruct|pai|ModelScope|nlp|large-language-model|Checkpoint|494|0.1.0,0.1.1|results|license:apache-2.0|Qwen2 0.5B, tuned to follow instructions
qwen1.5-0.5b-chat|pai|ModelScope|nlp|large-language-model|Checkpoint|620|0.1.0,0.1.1,0.1.2|map|license:tongyi-qianwen-research|Qwen1.5 0.5B for dialogue
qwen-7b-chat|pai|ModelScope|nlp|large-language-model|Checkpoint|7721|0.2.3,0.2.4,0.2.5|results|语言:中文;license:tongyi-qianwen|通义千问 7B 对话模型
bert-base-uncased|pai|HuggingFace|nlp|text-classification|Checkpoint|110|0.1.0|numeric|language:en|BERT base, lower-case English
easynlp_pai_bert_tiny_zh|pai|-|nlp|text-classification|Checkpoint|4|0.1.0|results|语言:中文|EasyNLP 中文小模型
easycv_object_detection_yolox_nano|pai|-|cv|object-detection|Checkpoint|1|0.1.0|map|framework:easycv|YOLOX nano from EasyCV
stable-diffusion-v1-5|pai|HuggingFace|aigc|text-to-image-synthesis|Checkpoint|1066|2|empty|base_model:SD 1.5|Latent text-to-image diffusion
paraformer-large-asr|pai|ModelScope|audio|auto-speech-recognition|Checkpoint|220|4|cer|语言:中文;采样率:16k|非自回归语音识别
resnet50-imagenet|pai|ModelScope|cv|image-classification|Checkpoint|26|2|numeric|dataset:imagenet|ResNet-50 trained on ImageNet
chatglm3-6b|pai|ModelScope|nlp|large-language-model|Checkpoint|6244|1|absent|语言:中文|对话语言模型
distilbert-base-multilingual-cased|huggingface|HuggingFace|nlp|text-classification|Checkpoint|135|1|results|language:multi|Distilled BERT for 104 languages
gpt2-medium|huggingface|HuggingFace|nlp|text-generation|Checkpoint|355|2|map|language:en|Text generation in English
bloom-560m|huggingface|HuggingFace|nlp|text-generation|Checkpoint|559|1|empty|language:multi|BLOOM with 560 million parameters
opt-1.3b|huggingface|HuggingFace|nlp|text-generation|Checkpoint|1316|1|absent|language:en|-
falcon-7b|huggingface|HuggingFace|nlp|text-generation|Checkpoint|7217|2|numeric|license:apache-2.0|Causal decoder, 7B
whisper-small|huggingface|HuggingFace|audio|auto-speech-recognition|Checkpoint|244|3|cer|language:multi|Speech recognition and translation
vit-base-patch16-224|huggingface|HuggingFace|cv|image-classification|Checkpoint|86|1|results|dataset:imagenet|Vision transformer
clip-vit-large-patch14|huggingface|HuggingFace|cv|zero-shot-image-classification|Checkpoint|428|1|map|-|Contrastive language-image model
中文语音识别-客服热线|own|ModelScope|audio|auto-speech-recognition|Checkpoint|220|25|cer|场景:客服;env:prod|客服热线录音转写，每两周训练一次
会议语音识别|own|ModelScope|audio|auto-speech-recognition|Checkpoint|317|6|cer|场景:会议;语言:中文|多人会议转写
speech-recognition-en-callcenter|own|HuggingFace|audio|auto-speech-recognition|Checkpoint|244|5|cer|env:staging;language:en|Call centre speech to text
粤语语音识别|own|ModelScope|audio|auto-speech-recognition|Checkpoint|220|3|cer|语言:粤语|粤语转写实验
语音合成-新闻播报|own|ModelScope|audio|text-to-speech|Checkpoint|68|2|numeric|音色:女声;场景:新闻|新闻播报音色
keyword-spotting-xiaoyun|own|ModelScope|audio|keyword-spotting|Checkpoint|1|4|numeric|device:edge|Wake word for edge devices
speaker-verification-eres2net|own|ModelScope|audio|speaker-verification|Checkpoint|55|1|map|-|Speaker embeddings
音频事件检测|own|-|audio|audio-classification|Checkpoint|12|0|absent|env:dev|
情感分析-电商评论|own|ModelScope|nlp|text-classification|Checkpoint|102|4|results|场景:电商;env:prod|电商评论的正负面判断
情感分析-金融舆情|own+pai|ModelScope|nlp|text-classification|Checkpoint|325|3|numeric|场景:金融;env:prod|金融新闻情绪
sentiment-analysis-en|own|HuggingFace|nlp|text-classification|Checkpoint|67|2|results|env:test;language:en|English product reviews
新闻主题分类|own|ModelScope|nlp|text-classification|Checkpoint|102|2|map|场景:新闻|十四类新闻主题
spam-filter-xgboost|own|-|nlp|text-classification|-|-|7|numeric|framework:xgboost;env:prod|Mail filter on sparse features
意图识别-智能客服|own|ModelScope|nlp|text-classification|Checkpoint|102|3|results|场景:客服|客服意图，六十二类
命名实体识别-电商|own|ModelScope|nlp|sequence-labeling|Checkpoint|102|2|map|场景:电商|商品属性抽取
ner-clinical-zh|own|ModelScope|nlp|sequence-labeling|Checkpoint|325|2|results|domain:医疗;compliance:internal|Entities in clinical notes
中文分词-bastructbert|own|ModelScope|nlp|sequence-labeling|Checkpoint|102|1|empty|语言:中文|通用中文分词
qwen2-7b-客服微调|own+pai|ModelScope|nlp|large-language-model|LoRA|7616|8|results|RootModelName:qwen2-7b-instruct;CreatedBy:QuickStart;场景:客服|在客服对话上微调
qwen2-0.5b-sql-lora|own+pai|ModelScope|nlp|large-language-model|LoRA|494|5|map|RootModelName:qwen2-0.5b-instruct;CreatedBy:QuickStart|Writes SQL from questions
qwen2.5-72b-legal|own|ModelScope|nlp|large-language-model|Checkpoint|72706|2|results|domain:法律;env:staging|Legal drafting, continued pre-training
llama3-8b-summary|own|HuggingFace|nlp|text-generation|LoRA|8030|3|numeric|env:dev;language:en|Meeting summaries
文本摘要-研报|own|ModelScope|nlp|text-generation|Checkpoint|6244|2|empty|场景:金融|研报要点
translation-zh-en-csanmt|own|ModelScope|nlp|translation|Checkpoint|190|3|numeric|语言:中英|Machine translation
文本向量-gte-base|own|ModelScope|nlp|sentence-embedding|Checkpoint|102|2|map|用途:检索|检索用句向量
rerank-bge-base|own|HuggingFace|nlp|sentence-similarity|Checkpoint|278|1|results|用途:检索|Cross-encoder for search results
moe-trillion-experiment|own|-|nlp|large-language-model|Checkpoint|9007199254740991|1|absent|env:research|A size at the edge of what JSON numbers keep
prompt-guard|own|HuggingFace|nlp|text-classification|Checkpoint|86|1|numeric|env:prod|Flags prompt injection
人脸检测-retinaface|own|ModelScope|cv|face-detection|Checkpoint|27|3|results|场景:门禁;env:prod|门禁人脸检测
人体关键点-hrnet|own|ModelScope|cv|body-2d-keypoints|Checkpoint|29|2|map|场景:健身|二维人体关键点
ocr-票据识别|own|ModelScope|cv|ocr-recognition|Checkpoint|18|6|cer|场景:财务;env:prod|增值税发票文字识别
车牌识别|own|ModelScope|cv|license-plate-detection|Checkpoint|9|2|numeric|场景:停车场|新能源车牌
defect-detection-pcb|own|-|cv|object-detection|Checkpoint|44|5|results|line:smt-3;env:prod|Solder defects on circuit boards
yolov8-warehouse|own|-|cv|object-detection|Checkpoint|26|4|map|site:hz-warehouse|Pallets and forklifts
shelf-segmentation|own|HuggingFace|cv|image-segmentation|Checkpoint|64|2|results|场景:零售|Products on shelves
图像分类-垃圾分拣|own|ModelScope|cv|image-classification|Checkpoint|86|3|numeric|场景:环保|四类垃圾
image-quality-assessment|own|ModelScope|cv|image-quality-assessment|Checkpoint|24|1|empty|-|Scores user photos
remote-sensing-landcover|own|HuggingFace|cv|image-segmentation|Checkpoint|121|2|results|数据:遥感|Land cover from satellites
video-tagging-shorts|own|ModelScope|cv|video-classification|Checkpoint|88|1|absent|场景:短视频|-
xray-screening|own|-|cv|image-classification|Checkpoint|31|0|absent|compliance:internal|Waits for its first approved version
水墨画风-lora|own|Civitai|aigc|text-to-image-synthesis|LoRA|18|3|empty|base_model:SD 1.5;风格:水墨|水墨风格
dreamshaper-8|own|Civitai|aigc|text-to-image-synthesis|Checkpoint|1066|2|absent|base_model:SD 1.5|General purpose painting
realistic-vision-v6|own|Civitai|aigc|text-to-image-synthesis|Checkpoint|1066|1|empty|base_model:SD 1.5|Photographs
sdxl-product-shots|own|HuggingFace|aigc|text-to-image-synthesis|LoRA|48|4|map|base_model:SDXL 1.0;场景:电商|Product photos on plain ground
controlnet-canny|own|HuggingFace|aigc|image-to-image|Checkpoint|361|1|empty|base_model:SD 1.5|Edges guide the picture
图像修复-老照片|own|ModelScope|aigc|image-to-image|Checkpoint|90|2|numeric|场景:文化|老照片修复
cartoon-portrait|own|ModelScope|aigc|image-to-image|Checkpoint|12|1|absent|风格:卡通|人像卡通化
text-to-video-zeroscope|own|HuggingFace|aigc|text-to-video-synthesis|Checkpoint|1700|1|empty|env:research|Short clips from text
数字人-口型驱动|own|-|aigc|talking-head|Endpoint|36|2|map|场景:直播|音频驱动口型
music-generation-small|own|HuggingFace|audio|text-to-audio|Checkpoint|300|1|numeric|env:research|Melodies from a prompt
ctr-deepfm-首页推荐|own|-|recommendation|click-through-rate|-|-|9|numeric|场景:推荐;env:prod|首页点击率预估
churn-prediction-alink|own|-||||-|2|map|framework:alink|Churn of subscribers
untitled|own|-|-|-|-|-|0|absent|-|-
`;

export interface SampleRow {
  readonly name: string;
  readonly whose: string;
  /** Undefined where the table has `-`. */
  readonly fields: Readonly<
    Record<'Origin' | 'Domain' | 'Task' | 'ModelType' | 'ModelDescription', string | undefined>
  >;
  readonly parameters: number | undefined;
  /** A count, or names separated by commas. */
  readonly versions: string;
  readonly metrics: string;
  readonly labels: readonly { readonly Key: string; readonly Value: string }[] | undefined;
}

function parseLabels(text: string): SampleRow['labels'] {
  if (text === '-') return undefined;
  return text.split(';').map((label) => {
    const colon = label.indexOf(':');
    return { Key: label.slice(0, colon), Value: label.slice(colon + 1) };
  });
}

function parseRow(line: string): SampleRow {
  const columns = line.split('|');
  const column = (index: number): string => columns[index] ?? '';
  const field = (index: number): string | undefined =>
    column(index) === '-' ? undefined : column(index);
  return {
    name: column(0),
    whose: column(1),
    fields: {
      Origin: field(2),
      Domain: field(3),
      Task: field(4),
      ModelType: field(5),
      ModelDescription: field(10),
    },
    parameters: column(6) === '-' ? undefined : Number(column(6)),
    versions: column(7),
    metrics: column(8),
    labels: parseLabels(column(9)),
  };
}

export const SAMPLE_ROWS: readonly SampleRow[] = TABLE.trim().split('\n').map(parseRow);
