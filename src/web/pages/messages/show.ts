import { reportModel, segmentModel } from '../../models/messages.ts';
import { page } from '../../page.ts';
import { editPage } from './edit.ts';
import { canWrite, crumbsOf, idParams, type MessageFacts, readFacts, tabsOf } from './facts.ts';

/** A draft is a form; what has started is a report. */
export const showMessage = page({
  params: idParams,
  handle: async (request) => {
    const facts = await readFacts(request, request.params.id);
    if (facts.campaign.status === 'draft' && canWrite(request))
      return await editPage(request, facts.campaign, {}, {});
    return {
      view: 'messages/report',
      title: facts.campaign.name,
      crumbs: crumbsOf(facts.campaign),
      model: {
        ...toModel(facts, request.workspace.timezone),
        tabs: tabsOf(request, facts.campaign, 'report'),
        canWrite: canWrite(request),
      },
    };
  },
});

/** The part of the page that is asked for again while the campaign goes out. */
export const showMessageProgress = page({
  params: idParams,
  handle: async (request) => {
    const facts = await readFacts(request, request.params.id);
    return { fragment: 'messages/_progress', model: toModel(facts, request.workspace.timezone) };
  },
});

function toModel({ campaign, progress, segments }: MessageFacts, zone: string) {
  return {
    base: `/messages/${campaign.id}`,
    report: reportModel(campaign, progress, zone),
    subject: campaign.subject,
    topic: campaign.topic,
    segment: segmentModel(
      segments.find(({ key }) => key === campaign.segmentKey),
      campaign.segmentKey,
    ),
  };
}
