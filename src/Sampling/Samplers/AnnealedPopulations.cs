namespace MolSampling.Sampling.Samplers;

/// <summary>Populations after annealing.</summary>
/// <param name="Ensemble">[M P] weighted samples of the target; each population is a group of its own.</param>
/// <param name="LogNormalisers">[M] ln of each population's estimate of Z, E exp = Z; -infinity for one that died out.</param>
/// <param name="LogZ">ln Z from all, with the error that their spread gives. It knows nothing of what all
/// populations missed alike: where q is far from p, compare with more steps, or with <see cref="SequentialMonteCarlo.Backward"/>.</param>
/// <param name="Resamplings">[M] how often each population was drawn anew.</param>
/// <param name="Evaluations">Of the energy.</param>
public sealed record AnnealedPopulations(Ensemble Ensemble, double[] LogNormalisers, Estimate LogZ, int[] Resamplings, long Evaluations);
