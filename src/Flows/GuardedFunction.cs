using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>
/// A node of torch's graph whose backward pass is our code. An exception there would end the process, so nothing leaves it: an error fills
/// the gradients with NaN and is thrown by <see cref="BackwardFailure.Throw"/>. Made by TorchSharp, which wants the constructor. Arguments
/// of apply: the tensors, then one setting. One result: of several, TorchSharp would count a tensor for ever whenever no gradient comes in
/// for one of them.
/// </summary>
internal abstract class GuardedFunction<T> : autograd.MultiTensorFunction<T> where T : GuardedFunction<T>, new()
{
    private const string SettingKey = "setting", SizesKey = "sizes";

    // what the last backward pass of this thread returned: torch has its own handles by the time of the next
    [ThreadStatic] private static List<Tensor>? t_returned;

    public override string Name => typeof(T).Name;

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        List<Tensor> inputs = [.. vars.OfType<Tensor>()];
        ctx.save_for_backward(inputs);
        ctx.save_data(SettingKey, vars[^1]);
        ctx.save_data(SizesKey, inputs.Select(t => (t.shape, t.dtype)).ToArray());
        ctx.set_materialize_grads(false); // TorchSharp would make zeros like a tensor that our scope has freed
        return [Value(inputs, vars[^1])];
    }

    /// <summary>The result.</summary>
    protected abstract Tensor Value(List<Tensor> inputs, object setting);

    /// <summary>A gradient for every input, or null where there is none; in the current dispose scope.</summary>
    /// <param name="inputs">As given.</param>
    /// <param name="incoming">The result's gradient.</param>
    /// <param name="setting">As given.</param>
    /// <param name="again">Whether the gradient must be differentiable itself.</param>
    protected abstract Tensor?[] Gradients(List<Tensor> inputs, Tensor incoming, object setting, bool again);

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification =
        "An exception that leaves a backward pass ends the process.")]
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        try
        {
            foreach (Tensor? t in t_returned ?? [])
                t?.Dispose();
            t_returned = null;
            using DisposeScope scope = NewDisposeScope();
            Tensor?[] gradients = Gradients(ctx.get_saved_variables(), grad_outputs[0], ctx.get_data(SettingKey), is_grad_enabled());
            foreach (Tensor t in grad_outputs)
                t.Dispose();
            return t_returned = [.. gradients.Select(g => g?.DetachFromDisposeScope()!), null!];
        }
        catch (Exception failure)
        {
            BackwardFailure.Keep(failure);
            return Broken(ctx);
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification =
        "An exception that leaves a backward pass ends the process.")]
    private static List<Tensor> Broken(autograd.AutogradContext ctx)
    {
        var sizes = ((long[] Shape, ScalarType Type)[])ctx.get_data(SizesKey);
        try
        {
            return [.. sizes.Select(s => full(s.Shape, double.NaN, s.Type)), null!];
        }
        catch (Exception)
        {
            return [.. new Tensor[sizes.Length + 1]]; // no memory: no gradient either, and the error is kept
        }
    }
}

/// <summary>What went wrong in a backward pass since the last look, on whatever thread.</summary>
internal static class BackwardFailure
{
    private static Exception? s_failure;

    public static void Keep(Exception failure) => Volatile.Write(ref s_failure, failure);

    /// <exception cref="InvalidOperationException">There was one; its gradients are NaN, and the error is inside.</exception>
    public static void Throw()
    {
        if (Volatile.Read(ref s_failure) is not null && Interlocked.Exchange(ref s_failure, null) is { } failure)
            throw new InvalidOperationException($"A backward pass failed and left NaN gradients: {failure.Message.Split('\n')[0]}",
                failure);
    }
}
